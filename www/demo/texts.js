// The shop's own words in French and Dutch; the English ones are in the pages.
(() => {
  const TEXTS = {
    fr: {
      skip: 'Aller au contenu',
      navBags: 'Les sacs',
      navWorkshop: 'L’atelier',
      basket: 'Panier',
      heroTitle: 'Des sacs pour rentrer par les pavés.',
      heroText:
        'Des sacoches de vélo en toile cirée, coupées et cousues à Gand, et réparées gratuitement tant que vous roulez.',
      heroBags: 'Voir les sacs',
      heroWorkshop: 'Comment ils sont faits',
      promiseDelivery: 'Livraison offerte en Belgique dès 60 €',
      promiseMending: 'Réparés à vie',
      promiseReturn: '100 jours pour changer d’avis',
      bagsTitle: 'Quatre sacs, un par rivière',
      bagsText: 'La même toile, les mêmes boucles, le même fil. Choisissez selon l’endroit où le sac s’accroche.',
      scheldeKind: 'Sacoche latérale · 18 litres',
      scheldeText: 'Se roule, se clipse, et avale les courses de la semaine.',
      leieKind: 'Sac de guidon · 7 litres',
      leieText: 'L’appareil photo, le pique-nique, la carte.',
      denderKind: 'Sac de selle · 5 litres',
      denderText: 'Une chambre à air, un coupe-vent et rien qui cliquette.',
      zenneKind: 'Sac de cadre · 3 litres',
      zenneText: 'Ce que l’on cherche toujours, là où on le trouve.',
      add: 'Ajouter au panier',
      workshopTitle: 'Six machines à coudre, à une rue de la Lys',
      workshopText:
        'Nous avons commencé en 2011 avec une machine et une bâche de camion. Aujourd’hui nous sommes six, la toile vient d’un tisserand de Courtrai, et chaque sac porte le nom de celle ou celui qui l’a cousu.',
      clothTitle: 'La toile',
      clothText: 'Du coton serré, ciré deux fois à la main. La pluie perle, la cire se refait chaque automne.',
      threadTitle: 'Le fil',
      threadText: 'Du lin poissé, deux points de sellier à chaque endroit qui tire.',
      mendingTitle: 'La réparation',
      mendingText: 'Envoyez le sac, sale s’il le faut. Il revient en dix jours, sans facture.',
      footer: 'Une boutique inventée, pour essayer Placet. Rien n’y est à vendre.',
      settings: 'Gérer les cookies',
    },
    nl: {
      skip: 'Naar de inhoud',
      navBags: 'De tassen',
      navWorkshop: 'Het atelier',
      basket: 'Mandje',
      heroTitle: 'Tassen voor de weg naar huis, over kasseien.',
      heroText: 'Fietstassen van gewaxt canvas, geknipt en genaaid in Gent, en gratis hersteld zolang je fietst.',
      heroBags: 'Bekijk de tassen',
      heroWorkshop: 'Hoe ze gemaakt worden',
      promiseDelivery: 'Gratis levering in België vanaf € 60',
      promiseMending: 'Levenslang hersteld',
      promiseReturn: '100 dagen bedenktijd',
      bagsTitle: 'Vier tassen, één per rivier',
      bagsText: 'Hetzelfde canvas, dezelfde gespen, dezelfde draad. Kies naar de plek waar de tas hangt.',
      scheldeKind: 'Zijtas · 18 liter',
      scheldeText: 'Rolt dicht, klikt vast en slikt de boodschappen van een week.',
      leieKind: 'Stuurtas · 7 liter',
      leieText: 'Het fototoestel, de boterhammen, de kaart.',
      denderKind: 'Zadeltas · 5 liter',
      denderText: 'Een binnenband, een windjack en niets dat rammelt.',
      zenneKind: 'Frametas · 3 liter',
      zenneText: 'Wat je altijd zoekt, daar waar je het vindt.',
      add: 'In het mandje',
      workshopTitle: 'Zes naaimachines, één straat van de Leie',
      workshopText:
        'We begonnen in 2011 met één machine en één vrachtwagenzeil. Nu zijn we met zes, komt het canvas van een wever in Kortrijk, en draagt elke tas de naam van wie ze naaide.',
      clothTitle: 'Het doek',
      clothText:
        'Dicht geweven katoen, twee keer met de hand gewaxt. De regen parelt eraf; elke herfst een nieuwe laag.',
      threadTitle: 'De draad',
      threadText: 'Gepekt linnen, twee zadelmakerssteken op elke plek waar kracht op komt.',
      mendingTitle: 'Het herstel',
      mendingText: 'Stuur de tas op, vuil als het moet. Na tien dagen is ze terug, zonder rekening.',
      footer: 'Een verzonnen winkel, om Placet te proberen. Er is hier niets te koop.',
      settings: 'Cookie-instellingen',
    },
  };

  const texts = TEXTS[document.documentElement.lang];
  if (!texts) return;
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = texts[element.dataset.text] ?? element.textContent;
  }
})();
