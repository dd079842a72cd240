{
  "targets": [
    {
      "target_name": "ferry",
      "sources": [
        "<!@(find addon core io nf statelet traffic -name '*.cpp' | sort)"
      ],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "libraries": ["-lhs", "-lpcre2-8"],
      "defines": ["NAPI_CPP_EXCEPTIONS", "NAPI_VERSION=8"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": [
        "-std=c++20",
        "-fexceptions",
        "-O3",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-error=stringop-overflow",
        "-Wno-error=restrict",
        "-Wno-error=alloc-size-larger-than="
      ]
    },
    {
      "target_name": "ferry-nf-test",
      "type": "executable",
      "sources": [
        "<!@(find nf/plugin -name '*.cpp' | sort)",
        "core/config_reader.cpp",
        "../test/unit/native/nf_laws_test.cpp"
      ],
      "include_dirs": ["."],
      "defines": ["FERRY_NF_TEST"],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-fexceptions", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-error=restrict"]
    },
    {
      "target_name": "ferry-launch",
      "type": "executable",
      "sources": ["launch/ferry_launch.cpp"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "cflags_cc": ["-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror"],
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
