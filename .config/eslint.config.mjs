// One configuration for the whole tree: typed rules, and the layering law (imports point downwards only).
import tseslint from 'typescript-eslint';

const layer = (files, forbidden) => ({
  files,
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
  layer(
    ['sdn-app/contract/**'],
    [
      'openflow',
      'switch',
      'steering',
      'network',
      'migration',
      'store',
      'northbound',
      'cli',
      'vnf-host',
      'native',
    ],
  ),
  layer(
    ['sdn-app/openflow/**'],
    [
      'contract',
      'switch',
      'steering',
      'network',
      'migration',
      'store',
      'northbound',
      'cli',
      'vnf-host',
      'native',
    ],
  ),
  layer(
    ['sdn-app/switch/**'],
    ['steering', 'network', 'migration', 'store', 'northbound', 'cli', 'vnf-host', 'native'],
  ),
  layer(
    ['sdn-app/steering/**'],
    ['switch', 'network', 'migration', 'store', 'northbound', 'cli', 'vnf-host', 'native'],
  ),
  layer(
    ['sdn-app/store/**'],
    [
      'openflow',
      'switch',
      'steering',
      'network',
      'migration',
      'northbound',
      'cli',
      'vnf-host',
      'native',
    ],
  ),
  layer(
    ['sdn-app/hosts/**'],
    [
      'openflow',
      'switch',
      'steering',
      'store',
      'vnfs',
      'migration',
      'northbound',
      'cli',
      'vnf-host',
      'native',
    ],
  ),
  layer(
    ['sdn-app/network/**'],
    ['store', 'hosts', 'vnfs', 'migration', 'northbound', 'cli', 'vnf-host', 'native'],
  ),
  layer(['sdn-app/vnfs/**'], ['network', 'migration', 'northbound', 'cli', 'vnf-host', 'native']),
  layer(
    ['sdn-app/checkpoints/**'],
    ['openflow', 'network', 'migration', 'northbound', 'cli', 'vnf-host', 'native'],
  ),
  layer(['sdn-app/migration/**'], ['northbound', 'cli', 'vnf-host', 'native']),
  layer(['sdn-app/northbound/**'], ['cli', 'vnf-host', 'native']),
  layer(
    ['vnf-host/**'],
    ['openflow', 'switch', 'steering', 'migration', 'store', 'northbound', 'cli'],
  ),
  layer(['native/**'], ['sdn-app', 'vnf-host']),
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
);
