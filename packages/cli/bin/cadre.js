#!/usr/bin/env node
console.log('cadre')
