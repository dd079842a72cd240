// One configuration for the whole tree: typed rules, and the layering law (imports point downwards only).
import tseslint from 'typescript-eslint';

/** Each layer may know those above it in this list, beside what `apart` says; none knows one below. */
const LAYERS = [
  'sdn-app/openflow',
  'sdn-app/contract',
  'sdn-app/switch',
  'sdn-app/steering',
  'sdn-app/network',
  'sdn-app/store',
  'sdn-app/hosts',
  'sdn-app/vnfs',
  'sdn-app/checkpoints',
  'sdn-app/migration',
  'sdn-app/scaling',
  'sdn-app/recovery',
  'sdn-app/northbound',
  'sdn-app/cli',
];
const SERVICES = ['network', 'store', 'hosts'];
/** Layers that do not know each other though one stands above. */
const APART = {
  'sdn-app/contract': ['openflow'],
  'sdn-app/steering': ['switch'],
  'sdn-app/store': ['openflow', 'switch', 'steering', 'network'],
  'sdn-app/hosts': ['openflow', 'switch', 'steering', ...SERVICES],
  'sdn-app/vnfs': ['network'],
  'sdn-app/checkpoints': ['openflow', 'network'],
};
const named = (layer) => layer.slice('sdn-app/'.length);

const layer = (folder, forbidden) => ({
  files: [`${folder}/**`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: forbidden.map((name) => ({
          regex: `(^|/)${name}/`,
          message: `Imports point downwards only: this layer may not know ${name}.`,
        })),
      },
    ],
  },
});

const layers = [
  ...LAYERS.map((each, i) => {
    const below = LAYERS.slice(i + 1).map(named);
    const processes = each === 'sdn-app/cli' ? ['vnf-host'] : ['vnf-host', 'native'];
    return layer(each, [...(APART[each] ?? []), ...below, ...processes]);
  }),
  // Of the controller, other processes know what crosses between them.
  layer(
    'vnf-host',
    LAYERS.map(named).filter((name) => name !== 'contract'),
  ),
  layer('native', ['sdn-app', 'vnf-host']),
];

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'native/build*/**', '**/*.mjs', '.tap/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: `${import.meta.dirname}/..` },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'max-lines': ['error', { max: 400 }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  ...layers,
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
);
