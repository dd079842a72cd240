{
  "target_defaults": {
    "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": [
      "-std=c++20",
      "-fexceptions",
      "-O3",
      "-Wall",
      "-Wextra",
      "-Werror",
      "-Wno-error=stringop-overflow",
      "-Wno-restrict", # false alarms of GCC 12 (its bug 105651)
      "-Wno-error=alloc-size-larger-than="
    ]
  },
  "targets": [
    {
      "target_name": "ferry-core",
      "type": "static_library",
      "sources": ["<!@(find core statelet -name '*.cpp' | sort)"]
    },
    {
      "target_name": "ferry",
      "dependencies": ["ferry-core"],
      "sources": ["<!@(find addon io nf traffic -name '*.cpp' | sort)"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "libraries": ["-lhs", "-lpcre2-8"],
      "defines": ["NAPI_CPP_EXCEPTIONS", "NAPI_VERSION=8"]
    },
    {
      "target_name": "ferry-nf-test",
      "type": "executable",
      "dependencies": ["ferry-core"],
      "sources": [
        "<!@(find nf/plugin -name '*.cpp' | sort)",
        "../test/unit/native/nf_laws_test.cpp"
      ],
      "include_dirs": ["."],
      "defines": ["FERRY_NF_TEST"]
    },
    {
      "target_name": "ferry-launch",
      "type": "executable",
      "sources": ["launch/ferry_launch.cpp"],
      "ldflags": ["-static-libstdc++", "-static-libgcc"]
    },
    {
      "target_name": "ferry-watch",
      "type": "executable",
      "sources": ["launch/ferry_watch.cpp", "core/priority.cpp"],
      "include_dirs": ["."],
      "ldflags": ["-static-libstdc++", "-static-libgcc"]
    },
    {
      "target_name": "ferry-guard",
      "type": "executable",
      "sources": ["launch/ferry_guard.cpp"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror"],
      "ldflags": ["-static-libstdc++", "-static-libgcc"]
    }
  ]
}
