#!/usr/bin/env node
process.stdout.write('edgeprobe\n');
