console.log('Cadre')
