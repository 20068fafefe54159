/** Type-checked rules for src/ and test/, and the bans that keep pure folders pure. */
import tseslint from 'typescript-eslint';

/** The same list as in .dependency-cruiser.cjs: there imports are held, here globals. */
const pure = ['diagnostics', 'model', 'policy', 'definitions', 'plan', 'compile', 'mcp'];

const pureModules = [
  'fs',
  'fs/promises',
  'net',
  'http',
  'https',
  'http2',
  'tls',
  'dgram',
  'dns',
  'child_process',
  'os',
];
const random = [
  'randomBytes',
  'randomUUID',
  'randomInt',
  'randomFillSync',
  'randomFill',
  'webcrypto',
  'getRandomValues',
];
const asArgument = 'Pure folders take time, ids and the outside world as arguments.';
const notHere = 'Only src/cli/ and the entry points speak to the process; everything else is told.';

const processAndConsole = [
  { name: 'process', message: notHere },
  { name: 'console', message: notHere },
];

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'coverage/',
      'node_modules/',
      '**/fixtures/',
      'src/config/schema-types.ts',
      'src/config/schema-validate.js',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // An index signature says "these keys"; a Record says it as well. Which reads better is the author's choice.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // `name || fallback` on an empty string is meant.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // `return log(line);` ends a branch in one line.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `headers['x-y']` beside `headers['host']` reads better than a mixture.
      '@typescript-eslint/dot-notation': 'off',
      // On strings of a known alphabet code points are what is meant.
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // Implementations of a port and test doubles are async by contract, whether they wait or not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/main.ts', 'src/built-program.ts', 'src/role.ts'],
    rules: {
      'no-restricted-globals': ['error', ...processAndConsole],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:process', message: notHere },
            { name: 'node:console', message: notHere },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'error',
    },
  },
  {
    files: pure.map((folder) => `src/${folder}/**/*.ts`),
    rules: {
      'no-restricted-globals': [
        'error',
        ...processAndConsole,
        ...[
          'fetch',
          'WebSocket',
          'XMLHttpRequest',
          'setTimeout',
          'setInterval',
          'setImmediate',
          'crypto',
          'performance',
        ].map((name) => ({ name, message: asArgument })),
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            ...pureModules.flatMap((name) => [name, `node:${name}`]).map((name) => ({ name, message: asArgument })),
            { name: 'node:crypto', importNames: random, message: asArgument },
            { name: 'node:process', message: notHere },
          ],
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: asArgument },
        { object: 'Math', property: 'random', message: asArgument },
        { object: 'crypto', property: 'randomUUID', message: asArgument },
        { object: 'crypto', property: 'randomBytes', message: asArgument },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: asArgument },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A test says what must be there by asserting it: the failure of `!` is the failure of the test.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `?.` on what a test has just made costs nothing and guards its message.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // Matchers such as `expect.any(String)` are typed any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // `expect(port.method).toHaveBeenCalled()` names a method without calling it.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs,cjs}'],
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-undef': 'off',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
);
