#!/bin/sh
':' //; exec node -- "$0" "$@"
// The shell runs the line above. Without `--` Node takes an `--env-file` behind the script for one of its own, and ends
// where there is no such file: `msvc up --env-file typo.env`, `msvc exec web node --env-file=dev.env`.
'use strict';
require('../dist/cli/main.js');
