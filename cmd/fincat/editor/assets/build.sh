#!/bin/sh
# Makes editor.js and LICENCES.txt anew from src and the packages that package.json names, each at
# one version. Needs npm and node; nothing else of fincat does.
set -eu
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$here/src" "$here/package.json" "$work"
cd "$work"
npm install --no-audit --no-fund --no-package-lock --ignore-scripts >&2
# The first line says what the script was made from; a test compares it.
sources=$(cat package.json src/*.js | sha256sum | cut -c1-64)
npx --no-install esbuild src/main.js --bundle --minify --format=iife --target=es2022 --charset=utf8 \
  --legal-comments=none --banner:js="// $sources" --metafile=meta.json --outfile=editor.js
{
  echo "editor.js contains the following packages, each under the licence below its name."
  # What is in the bundle is what the bundler says it took.
  node -e '
    const inputs = Object.keys(JSON.parse(require("fs").readFileSync("meta.json")).inputs)
    const names = new Set(inputs.map(i => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(i)?.[1]).filter(Boolean))
    console.log([...names].sort().join("\n"))' >names
  while read -r name; do
    version=$(node -p "require('./node_modules/$name/package.json').version")
    printf '\n---\n\n%s %s\n\n' "$name" "$version"
    cat "node_modules/$name/LICENSE"
  done <names
} >LICENCES.txt
cp editor.js LICENCES.txt "$here"
