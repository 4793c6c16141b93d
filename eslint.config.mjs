import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier/flat';
import tseslint from 'typescript-eslint';
import { boundaries } from './scripts/lint/boundaries.mjs';

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      '.venv/**',
      'bench/out/**',
      'build/**',
      'coverage/**',
      'dist/**',
      'lib/**',
      'python_shim/giltracer/**',
      'ui-tests/playwright-report/**',
      'ui-tests/test-results/**'
    ]
  },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}', 'ui-tests/**/*.ts'],
    extends: [
      tseslint.configs.strictTypeChecked,
      tseslint.configs.stylisticTypeChecked
    ],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.test.json', './ui-tests/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname
      }
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      // Asks for the very `!` that the rule above forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'separate-type-imports' }
      ],
      // A number in a message is what a message is for.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true }
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true }
      ],
      // `enum`-like constants stand beside a type of the same name.
      '@typescript-eslint/no-redeclare': 'off',
      // Columns are walked by index on purpose: an iterator costs in hot paths.
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', caughtErrors: 'none' }
      ],
      // Lab's convention: private fields at the end, with `_`; constructors and namespaces as core.
      '@typescript-eslint/no-namespace': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      // Array indexes are typed without `undefined` (no noUncheckedIndexedAccess), so a needed check
      // of one would be called unnecessary.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unified-signatures': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      curly: 'error',
      'no-console': 'error'
    }
  },
  ...jupyter.configs.recommended.map(config => ({
    ...config,
    plugins: { ...config.plugins, jupyter },
    // The rules are about plugins, widgets and settings: they have nothing to say elsewhere.
    files: (config.files ?? ['**/*.{ts,tsx}']).map(pattern =>
      pattern.endsWith('.json')
        ? 'schema/settings/**/*.json'
        : `{src/lab,src/viewer,ui-tests}/${pattern}`
    )
  })),
  {
    name: 'giltracer/boundaries',
    files: ['src/**/*.{ts,tsx}'],
    // A test may use Node to read its samples; the part that it tests may not.
    ignores: ['**/__tests__/**'],
    plugins: { giltracer: { rules: { boundaries } } },
    rules: { 'giltracer/boundaries': 'error' }
  },
  {
    name: 'giltracer/tests',
    files: ['src/**/__tests__/**', 'ui-tests/**'],
    rules: {
      // Fakes are partial, and a matcher's argument is untyped by design.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'jupyter/no-untranslated-string': 'off',
      // A property test prints its seed, a test on installed Pythons which ones it found.
      'no-console': 'off'
    }
  },
  {
    name: 'giltracer/node-scripts',
    files: ['*.{js,cjs,mjs}', '{bench,scripts,ui-tests}/**/*.{js,cjs,mjs}'],
    languageOptions: {
      globals: {
        Buffer: 'readonly',
        URL: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        performance: 'readonly',
        process: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly'
      }
    }
  },
  {
    name: 'giltracer/common-js',
    files: ['**/*.{js,cjs}'],
    ignores: ['style/**'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        __dirname: 'readonly',
        module: 'writable',
        require: 'readonly'
      }
    }
  },
  prettier
);
