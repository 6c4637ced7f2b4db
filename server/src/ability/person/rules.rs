//! Recognizes that a shopper asks for a person.
//!
//! A small grammar in four languages: each word gets the kinds it can be (a person, a verb of contact, a wish, …), and
//! a few rules look at their order. Lookalikes lose their kind first ("human hair", "my manager", "a gift for someone",
//! "rather you than an agent"), and sentences about the past are skipped.

use super::words::{Lexicon, Patterns, Text, fits, listed};
use std::sync::LazyLock;

/// A person that one word alone can ask for.
const PERSON: u64 = 1;
/// Staff: counts only beside a wish or a verb of contact.
const STAFF: u64 = 1 << 1;
/// Any person: needs more context than a role does.
const SOMEONE: u64 = 1 << 2;
/// The merchant's support as a whole, and its departments.
const SERVICE: u64 = 1 << 3;
const PART: u64 = 1 << 4;
/// Marks someone as a person rather than a bot: "real", "human".
const REAL: u64 = 1 << 5;
/// Verbs of contact, and those among them that mean talking or writing.
const CONTACT: u64 = 1 << 6;
const TALK: u64 = 1 << 7;
/// Verbs of taking care of a case.
const CARE: u64 = 1 << 8;
/// Words of a wish, and words that are one only among other words of a wish.
const WANT: u64 = 1 << 9;
const GET: u64 = 1 << 10;
/// Words allowed between a wish and the person, and beside a person that one word asks for.
const FILLER: u64 = 1 << 11;
const PLEASE: u64 = 1 << 12;
/// Negates a wish that follows.
const NOT: u64 = 1 << 13;
/// Asks or complains about whether something is possible: a negation there is not a refusal.
const CAN: u64 = 1 << 14;
const BOT: u64 = 1 << 15;
/// Possessives: the shop's people ("your"), or somebody else's ("my").
const THEIRS: u64 = 1 << 16;
const OWN: u64 = 1 << 17;
/// Comes before the person for whom something is bought, or to whom something is compared.
const FOR: u64 = 1 << 18;
const DETERMINER: u64 = 1 << 19;
const NUMBER: u64 = 1 << 20;
/// Words that form a compound with a word for a person, after it or before it.
const BEHIND: u64 = 1 << 21;
const BEFORE: u64 = 1 << 22;
const WITH: u64 = 1 << 23;
/// A call, as a noun that can be asked for.
const CALL: u64 = 1 << 24;
const FREE: u64 = 1 << 25;
/// Marks a sentence about the past, or about terms: prices, hours, jobs.
const PAST: u64 = 1 << 26;
const TERMS: u64 = 1 << 27;
/// The shopper, as an object: "me", "us".
const ME: u64 = 1 << 28;
/// Somebody mentioned before.
const THEM: u64 = 1 << 29;
/// A person who does not work for the shop.
const OTHERS: u64 = 1 << 30;
const OR: u64 = 1 << 31;
/// Begins a description of the person: "someone from returns", "who can decide".
const WHICH: u64 = 1 << 32;
/// Continues the sentence after the person with something else.
const ON: u64 = 1 << 33;
/// Says that somebody works somewhere or is something.
const WORKS: u64 = 1 << 34;
// Other topics of sentences. No rule needs them: they help the model learn what a wish is about, in all languages at
// once.
/// Trades, family members, and parcel carriers.
const TRADE: u64 = 1 << 35;
const FAMILY: u64 = 1 << 36;
const CARRIER: u64 = 1 << 37;
/// Gifts, jobs, things, and devices that talk.
const GIFT: u64 = 1 << 38;
const WORK: u64 = 1 << 39;
const THING: u64 = 1 << 40;
const DEVICE: u64 = 1 << 41;
/// Something is settled, praise, opening hours, prices.
const SETTLED: u64 = 1 << 42;
const PRAISE: u64 = 1 << 43;
const OPENING: u64 = 1 << 44;
const PRICE: u64 = 1 << 45;
/// Fed up, waiting, faults, expertise, in person.
const WEARY: u64 = 1 << 46;
const WAIT: u64 = 1 << 47;
const FAULT: u64 = 1 << 48;
const EXPERTISE: u64 = 1 << 49;
const PERSONALLY: u64 = 1 << 50;
/// Sizes and fit, and other shopping terms.
const FIT: u64 = 1 << 51;
const SHOPPING: u64 = 1 << 52;
/// Ways to reach somebody, and people with authority.
const TAKE_ME: u64 = 1 << 53;
const REACH: u64 = 1 << 54;
const AUTHORITY: u64 = 1 << 55;
/// Function words that show a sentence's structure.
const ASKS: u64 = 1 << 56;
const BEING: u64 = 1 << 57;
const IF: u64 = 1 << 58;
const IT: u64 = 1 << 59;
const I: u64 = 1 << 60;
const YOU: u64 = 1 << 61;
const HAVING: u64 = 1 << 62;
const AGAIN: u64 = 1 << 63;
const ANYBODY: u64 = PERSON | STAFF | SOMEONE | SERVICE;
/// The kinds that a request can be about.
const NAMED: u64 = ANYBODY | CONTACT | CALL | OTHERS | BOT;

#[rustfmt::skip]
static WORDS: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&[
    (PERSON, "hooman human humans agent agents representative representatives rep reps operator operators advisor adviser advisors person persons
        humain humaine humains conseiller conseillere conseillers conseille operateur operatrice interlocuteur teleconseiller
        mensch menschen menschlich* mitarbeiter mitarbeiterin mitarbeitern berater beraterin ansprechpartner ansprechpartnerin ansprechperson
        sachbearbeiter sachbearbeiterin agenten *kundenberater *kundenberaterin *fachberater *fachberaterin *servicemitarbeiter
        humano humana humanos persona agente agentes asesor asesora asesores operador operadora representante ejecutivo ejecutiva"),
    (STAFF, "superior superiors management consultant consultants associate associates clerk shopkeeper manager managers supervisor guys assistant salespeople advisers colleague colleagues employee employees staff team specialist expert specialists experts people folks crew boss owner
        department technician salesperson salesman stylist dude bloke
        superviseur superviseure interlocutrice consultant consultante expert experte standardiste prepose preposee teleoperateur ame soul
        responsable collaborateur collaborateurs collaboratrice collaboratrices collegue collegues employe employee employes equipe superieur
        technicien gerant gerante directeur directrice vendeur vendeuse vendeurs commercial commerciale specialiste salarie salariee
        patron patronne gars mec gens departement
        vertriebler *vertreter *vertreterin *betreuer *betreuerin fachpersonal verkaufspersonal kollege kollegen kolleginnen kollegin vorgesetzten vorgesetzter chef chefin team verantwortlichen geschaftsfuhrer geschaftsfuhrung geschaftsleitung
        filialleiter filialleitung teamleiter teamleitung abteilungsleiter marktleiter verkaufer verkauferin techniker technikerin experte experten expertin fachmann fachkraft leute leuten angestellten
        angestellter *erin abteilung spezialist spezialisten
        consultor consultora gestor gestora gerencia telefonista teleoperador teleoperadora herrn supervisora encargado encargada empleado empleada gerente jefe jefa equipo companero companera companeros tecnico departamento dueno
        duena dependiente dependienta trabajador trabajadora comercial vendedor vendedora especialista experto experta personas gente"),
    (STAFF | SOMEONE, "someone somebody anyone anybody sb sm1 smone some1 personne quelquun qqn qqun kelkun jemand jemanden jemandem irgendjemand irgendjemanden
        irgendwer irgendwen jmd jmdn jmdm wen wem opper opperem person alguien algn ud"),
    (SERVICE, "kundenservice kundendienst kundensupport kundenbetreuung kundenberatung kundenhotline support service soporte helpdesk servicio hotline sav"),
    (PART, "returns warehouse billing accounts accounting sales complaints repairs logistics refunds finance
        retours entrepot facturation comptabilite reclamations
        buchhaltung lager *abteilung reklamation vertrieb werkstatt fachabteilung
        almacen facturacion contabilidad posventa postventa devoluciones reclamaciones ventas logistica"),
    (REAL, "real actual live living breathing proper competent qualified kompetent* erfahren* fahig* capacitad* habilit* authorised authorized autorizad* befugt* physical genuine vrai vraie vrais vraies reelle reel vivant vivante physique competent competente
        echt echte echten echter echtes echtem richtigen richtiger richtige richtiges richtigs richtigem personlichen personlich lebenden lebendig*
        leibhaftig* verdad verdadera verdadero carne reales neta"),
    (CONTACT | TALK, "talk tlak tlk speak speek spek speck spk chat discuss talking speaking chatting discussing conversation discussion convo
        parler parlez parle discuter echanger echange converser dialoguer communication rediscuter entretenir entretien telephoner ecrire causer adresser
        sprechen spreche sprech reden rede redn chatten schreiben schreibe telefonieren telefonat gesprach unterhalten diskutieren diskutiere quatschen besprechen weiterreden weitersprechen weiterschreiben rucksprache
        hablar ablar hable hablo ablo charlar chatear conversar platicar comunicarme comunicarse escribir comentarlo dialogar tratarlo tratar hablarlo dirigirme hablar* escriba escriban escribe escribirle escribirles escribirte reparler"),
    (CONTACT, "contact reach connect transfer escalate forward call phone hold touch ask put ring through line hook complain send message text reply
        answer answers respond telephone consult connected transferred forwarded pass hand refer redirect redirig* switch deal write bypass contacted assign
        joindre intervenir involve einschalten contacter contacte contact relation passer passez passe transferer transferez appeler appelle rappeler rappelle rappelez transmettre
        transmettez ligne telephone communiquer envoyez orienter orientez dirigez basculer repondre reponde reponds repond recontacte recontacter recontactez
        tel tomber contourner ceder cede assigner attribuer
        verbinden verbinde verbindet kontaktieren erreichen erreiche weiterleiten weitergeben durchstellen durchgehen durch melden meldet klaren
        kontakt zuruckrufen zuruckruft anrufen anruft ruft telefon apparat wenden anschreiben ruckruf schicken leiten weiterreichen antworten antwortet
        ubergeben befragen dazu* hinzuziehen hinzuholen zuschalten kontaktaufnahme kontaktier* weiterleit* weiter dran zuruckruf* durchstell* hol holt holen komm komme gelange zuweisen nennen vermitteln
        comunicar comuniqueme comunica contactar conectar conecta conecteme pasar pasarme paseme pasame transferir transfiereme
        transfierame pongame ponme ponerme atienda atiendan atender atiende llame llamen llamar llama derivar deriveme contacto escalar escale poner ponerse
        telefono linea contacten atendiera atendieran atendido mandeme mandame manden dirijame llameme conteste contesten contesta responda
        respondan responde remitir remitame telefonee telefonear telefonearle telefonearme escuche contactar* llamar* comunicar* transfer* comuniq* atiend* asignar asignarme asignen ceder cederle ceda"),
    (CARE, "look take takes check review handle assist help see solve verify confirm carry listen email sort advise advice opinion explain step intervene
        voir prendre prenne reprendre examiner gerer aider aide regarde regarder verifie continuer continue expliquer verifier confirmer traite occupe ecoute avis aide aidez aider* regler
        weitermachen fortsetzen erklaren anschaut ansehen ansieht anguckt anschauen draufschauen reinschauen nachsehen helfen hilft halfe hulfe ubernehmen ubernimmt ubernehme bearbeiten beantworten prufen kummert kummern zuhort berat beraten erklart hilfe rat beratung unterstutzung
        ocupe ocuparse comprobar confirmar explicar explicarme seguir siga mire miren revise revisara revisar ver mirar encargue encargarse solucionar resolver resuelva resolviera valorar ayude ayudar ayudarme aconseje aconsejarme asesore asesorarme explique atenderme aconsej* asesorar* atendier* ayudar* revisar* escuch* resolv* resuelv* mirara consejo ayuda opinion"),
    (WANT, "asking pido pedir demander frag frage bekomme recevoir recibir receive kriege mag muss mussen must dois getting needs let lass lasst lassen laisse laissez dejame dejeme permitame rather sooner bevorzug* insist prefer* prefier* necesit* quisier* querria* gustar* souhait* voudr* aimer* benotig* brauch* mocht* solicit* want wanna comfortable easier wohler tranquilo tranquila rassure rassuree attends espero warte schalten deja need wants prefer require demand request requesting gimme insist
        veux voudrais voudrai aimerais souhaite souhaiterais besoin exige prefere prefererais demande donnez jveux jvoudrais veut jexige faudrait faut cherche chercher fetch bring
        mochte moechte mocht brauche brauch brauchen brauchte brauchten benotige benotigen gern gerne gib lieber verlange verlang wunsche mog wollen
        quiero kiero kero quisiera necesito nesesito nececito necesitamos queremos deseo exijo prefiero gustaria solicito dame deme denme dadme pidan ocupo busco busque busquen urge
        gebt envoyez filez donne mets mettez hol holt holen trae traeme traiga traigan"),
    (GET, "find get give have id like will ill hatte hatten hatt geben wurde avoir would rather sooner will let"),
    (FILLER, "a an the me to with some your ur from please pls plz plss now just one of ok here immediately right asap hi hello hey thanks
        thank you i is another being beings good w by go can next then u guys got there any actually next yo really also sie
        un une le la l d de des du moi svp stp s il vous plait avec au j je etre bonjour merci non autre votre vos mieux maintenant tout suite en pr
        pour direct y allo slt bonsoir te
        ein eine einen einem einer mit den der die dem bitte mir mich ich ihren ihrem jetzt sofort hallo danke mal euren eurem zu zum an vom ne nen noch euch ihnen bei denn wo mal still vous encore sondern mais sino but aber directo tan amable prie wenns geht ningun ninguna alguno
        nem ner n eigentlich auch hier da ma mi am ans doch
        el una con por favor al hola gracias ya que ahora su yo xfa x porfa porfavor k q buenas alguna algun aqui ahi a"),
    (PLEASE, "now asap immediately jetzt sofort schnell maintenant vite ahora ya please pls plz plss plssss svp stp plait bitte prie amable wenns favor porfavor xfa porfa pf bidde bitteschon kindly"),
    (NOT, "not dont doesnt didnt never without instead neednt wont pas sans plus jamais nicht kein keinen keine keinem keiner keinerlei ohne statt nie sin nobody noone niemand keiner nadie"),
    (CAN, "pourrai chance moglich posible should sollte soll doit debe deberia can cant cannot couldnt why could may might would peux peut puis pourrais pouvez pourriez pourrait arrive jpeux possible serait kann kannst konnt konnen
        konnte konnten konntest konntet durfte warum puedo puede pueden podria podrian puedes podeis podemos pourquoi"),
    (BOT, "robot* chatbot* maschin* bot bots machine machines ai computer automat automate automates automaten ia ki roboter maschine maschinen maquina
        maquinas ordinateur ordenador computers program programme programs programm software script scripts algorithm algorithmus algorithme algoritmo automated
        inteligencia artificial programa menus faq faqs textbausteine automatizadas automatica"),
    (THEIRS, "your ur yall votre vos tes ton ihr ihrem ihren ihrer ihre euer eurem euren eure eurer deinem deinen su sus vuestro vuestros vuestra tu tus"),
    (OWN, "my mon ma mes mein meine meinem meinen meiner meines mi mis his her their son our notre nos unser unsere unseren unserem nuestro nuestra"),
    (FOR, "for pour fur para like comme wie als como"),
    (DETERMINER, "a an the un une l le la ein eine einen einem den die una el del real vraie"),
    (NUMBER, "two three four five deux trois quatre cinq zwei drei vier funf dos tres cuatro cinco many viele wieviele cuantas cuantos combien much plusieurs mehrere varias"),
    (BEHIND, "hair wig* code* number* id sized size rights resources nature body anatomy skull* skeleton* level* manual* tent* scale grade costume*
        name shape* made figure* doll* poster* portal page hours policy sizing bandage* wear cooper provocateur orange nettoyant limpiador mural beam*
        layer post* de der des book* carrier* headset* desk limpieza teeth shield friendly stocking* case bottled immobilier immobiliers inmobiliario
        inmobiliarios secret secrets encubierto encubiertos playset discount legal hombre zurda edition edicion weight kostum* game toy jersey jerseys
        mug shirt* kinder 007 smith"),
    (BEFORE, "cheveux droits corps ressources pelo cabello derechos cuerpo recursos cleaning voice bleaching code codigo per par pro lumbar phone secret
        travel each every chaque jede jeder cada colchon arch insurance estate letting booking shipping delivery mejor meilleur meilleure bester
        beste besten best favourite first erste premier premiere primera only figurine figurin esqueleto last"),
    (WITH, "with to by from avec par mit von bei con por w a an vers zu"),
    (CALL, "callback callbacks ruckruf telefonat telefontermin telefongesprach telephonique telefonica videocall videollamada llamada appel rappel anruf call"),
    (FREE, "available free around online dispo disponible disponibles libre libres joignable frei verfugbar erreichbar da la conecte conectado connected"),
    (PAST, "wrote escribi talked spoke spoken chatted told said was had explained answered helped arranged sorted called yesterday earlier recommended
        avais derniere eu dit disait etait avait repondu conseillee recu envoye appris
        hat meinte sagte gesagt vorhin neulich letzte letzten telefoniert gesprochen geredet erklart geholfen gestern war empfohlen angenommen
        mando envio dio gab schickte geschickt sent gave tuve dijo dijeron contesto atendio firmo comento ayer soluciono recomendo llamo regalo recibi hablado dicho explico tardo"),
    (TERMS, "hours horaires horaire horario horarios offnungszeiten cost costs cuesta cuestan kostet coute tarif rabatt *rabatt discount descuento reduction
        remise job jobs hiring career bewerben bewerbung stelle postuler recrutez embauchez emploi empleo contratan curriculum courier kurier repartidor driver fahrer livreur transportista transporteur felicitations felicidades congrats kudos cancel cancelen cancelar cancela annulez annuler storniere stornieren"),
    (ME, "conmigo me us mich mir mi uns m nous nos"),
    (THEM, "him her them lui elle ihm ihr ihn el ella ellos elles"),
    (OR, "or oder ou o not nicht pas no not kein keine keinen rather plutot instead statt than als que sondern isnt arent aint"),
    (WHICH, "from who that which with in at aus vom von mit der die das im in du de des qui que avec capable quien k q con del whose ke"),
    (ON, "for who that about because cause not and on regarding this there available to working pour qui car parce pas et derriere reelle dans joignable
        der fur weil nicht und wegen aus im in da hier von vom sprechen para porque no y sobre de del aqui hay urgente urgent dringend instead
        anytime today gesprochen attention ran else anders anderes autre otro leyendo reading dran chez bei abt help from or ou oder o at as who dispo disponible libre free frei available k q que now ahi neta behind"),
    (WORKS, "work works working trabajo trabaja travaille arbeite arbeitet sound sounds"),
    (TRADE, "beautician pharmacist carpenter florist vet sommelier chef designer engineer fitter tailor seamstress jeweller optician stylist baker gardener mechanic architect decorator lawyer doctor electrician plumber installer hairdresser dietician nutritionist buyer planner
        estheticienne pharmacien pharmacienne menuisier fleuriste veterinaire sommelier cuisinier decorateur decoratrice ingenieur tailleur couturiere bijoutier opticien boulanger jardinier mecanicien architecte avocat medecin electricien plombier installateur coiffeur coiffeuse retoucheuse paysagiste
        kosmetikerin apotheker apothekerin schreiner schreinerin tischler floristin florist tierarzt tierarztin koch kuchenplaner designer ingenieur schneider schneiderin juwelier optiker optikerin gartner mechaniker architekt anwalt arzt elektriker klempner installateur monteur friseurin friseur *planer *planerin *meister
        esteticista farmaceutico farmaceutica carpintero florista veterinario sumiller cocinero decorador decoradora disenador disenadora ingeniero sastre modista joyero optico panadero jardinero mecanico arquitecto abogado medico electricista fontanero instalador peluquera peluquero"),
    (FAMILY, "mum mom mother dad father grandma grandad grandpa nan gran wife husband son daughter sister brother friend mate neighbour neighbor partner kid kids boyfriend girlfriend aunt uncle parents
        mere maman pere papa mamie papi mari femme fils fille soeur frere ami amie copain copine voisin voisine enfant parents conjoint
        mutter mama vater papa oma opa frau mann sohn tochter schwester bruder freund freundin nachbar nachbarin bekannter bekannte kind eltern tante onkel
        madre mama padre papa abuela abuelo marido esposo esposa mujer hijo hija hermana hermano amigo amiga vecino vecina novio novia tia tio padres"),
    (CARRIER, "driver courier postman postie delivery dhl ups dpd hermes fedex mailman van
        livreur livreurs transporteur facteur chauffeur coursier colissimo chronopost
        fahrer bote kurier paketbote postbote lieferant zusteller spediteur lieferdienst *bote
        repartidor repartidora transportista cartero mensajero conductor seur correos"),
    (GIFT, "gift gifts present presents birthday card santa leaving retirement anniversary wedding christmas
        cadeau cadeaux anniversaire carte noel depart retraite bricole
        geschenk geschenke geburtstag karte abschied abschiedsgeschenk weihnachten jubilaum wichtelgeschenk *geschenk
        regalo regalos cumpleanos tarjeta navidad despedida jubilacion detalle"),
    (WORK, "hiring vacancy vacancies apply application cv resume recruiter career careers job jobs position salary internship remote
        recrutez recrutement embauche embauchez postuler candidature poste stage cdi recruteur
        bewerbung bewerben stelle stellen ausbildung praktikum personalabteilung einstellen aushilfe lebenslauf
        contratan contratar vacante vacantes curriculum puesto candidatura reclutador practicas empleo"),
    (THING, "book novel film movie dvd game puzzle costume poster mug shirt jacket jersey perfume toy doll skeleton wig extensions chair desk lamp tent table sofa mattress bag briefcase toolbox scale vinyl cd series album hoodie socks boots shoes jeans cream cutter
        livre roman film jeu costume affiche poster tasse chemise veste maillot parfum jouet poupee squelette perruque chaise bureau lampe tente table canape matelas sac sacoche mallette disque serie sweat chaussettes bottes chaussures creme fauteuil
        buch roman film spiel kostum plakat tasse hemd jacke trikot parfum spielzeug puppe skelett perucke stuhl sessel schreibtisch lampe zelt tisch sofa matratze tasche koffer waage schallplatte serie pullover socken stiefel schuhe jeans creme horbuch *kostum *spiel *buch *tasche *koffer
        libro novela pelicula juego disfraz cartel poster taza camisa chaqueta camiseta perfume colonia juguete muneca esqueleto peluca silla escritorio lampara tienda mesa sofa colchon bolso maletin bascula disco serie sudadera calcetines botas zapatos crema audiolibro"),
    (DEVICE, "wifi bluetooth tv laptop phone headset speaker camera doorbell watch app alexa printer controller robot vacuum mower monitor walkie microphone mic hub screen
        wifi bluetooth tele telephone casque enceinte camera sonnette montre appli imprimante manette aspirateur tondeuse ecran micro babyphone portable
        wlan bluetooth fernseher handy headset lautsprecher kamera klingel uhr app drucker controller saugroboter mahroboter monitor mikro babyphone bildschirm
        wifi bluetooth tele movil auriculares altavoz camara timbre reloj app impresora mando aspirador cortacesped pantalla micro vigilabebes"),
    (SETTLED, "sorted solved resolved found fixed done already already anyway nevermind forget
        regle resolu trouve deja laissez oubliez reparti remarche
        erledigt geklart gelost gefunden schon bereits egal vergessen hat sich
        resuelto solucionado encontrado encontre ya dejalo olviden arreglo arreglado"),
    (PRAISE, "thanks thank kudos praise compliment lovely great brilliant legends kind stars amazing shout best nicer faster better
        merci bravo felicitations adorable super genial geniaux gentil top etoiles meilleur mieux
        danke dank lob nett super spitze toll klasse sterne freundlich besser schneller netter bester
        gracias felicidades encantador encantadora genial geniales amable estrellas crack majo mejor"),
    (OPENING, "hours open opening close closed clock until saturday sunday weekend weekends holiday holidays staffed
        horaires ouvert ouverte ouvre ouvrez ferme samedi dimanche feries jusqu
        geoffnet offen besetzt samstags sonntags samstag sonntag feiertagen ostern bis wann
        horario horarios abre abierto cierra sabado sabados domingo festivos atienden"),
    (PRICE, "price cost costs cheap expensive discount voucher sale free charge fee rate
        prix coute cout gratuit remise reduction promo soldes tarif bon frais
        preis kostet kosten rabatt gutschein reduziert kostenlos gebuhr sale
        precio cuesta gratis descuento vale rebajas rebajado tarifa comision"),
    (WEARY, "enough sick tired fed useless circles patience nonsense rubbish stupid pointless nowhere annoyed desperate frustrating hopeless ridiculous
        marre assez ras nul patience inutile ridicule desesperee sert balade tourne
        genug satt schluss reicht sinnlos geduld nutzlos verzweifelt genervt blod abgewimmelt bringt
        harto harta basta inutil paciencia sirves sirve desesperada cansada cansado mareado vueltas"),
    (WAIT, "wait waiting hold queue until till soon when whenever
        attends attend patiente patienter file jusqu des quand attendre
        warte warten warteschlange bis sobald dran bleibe
        espero esperar aguardo cola hasta cuando"),
    (FAULT, "broken damaged late missing wrong twice charged scratched dented shattered cancelled stuck faulty lost crashing overdue leaking ripped
        casse cassee abime retard manque mauvaise deux debite raye cabosse annule bloque panne perdu disparu plante
        kaputt beschadigt verspatet fehlt falsche doppelt abgebucht zerkratzt delle storniert hangt defekt verloren verschwunden
        roto rota danado retraso falta equivocada dos cobraron rayado abollada cancelo parado averiado perdido desaparecio"),
    (EXPERTISE, "knows know understands experience experienced expertise qualified decide brain clue authority
        connait sait saurait comprend comprenne competence decider qualifie cerveau avis
        auskennt ahnung versteht erfahren weiss wissen verstand entscheiden mitdenkt fach
        sepa sabe entienda entiende experiencia capacitado decidir cerebro opinion"),
    (PERSONALLY, "personally directly direct person live face verbally orally manually hand voice
        personnellement directement direct vive voix oralement main
        personlich direkt mundlich hand leibhaftig live stimme
        personalmente directamente directo persona viva voz palabra mano vivo"),
    (FIT, "size sizes colour color leather waterproof fabric cotton fur gold wash dishwasher tall wide feet skin fit fits
        taille pointure couleur cuir etanche tissu coton fourrure lavable lave grande pieds peau
        grosse farbe leder wasserdicht stoff baumwolle fell spulmaschine grosse fusse haut passt passform
        talla color cuero piel impermeable tela algodon lavavajillas alta pies"),
    (SHOPPING, "order parcel package return refund shipping ship tracking stock invoice receipt checkout cart delivery account password
        commande colis retour remboursement livraison livrez suivi stock facture panier paiement compte
        bestellung paket retoure erstattung versand liefert sendungsverfolgung tracking rechnung warenkorb lieferung konto
        pedido paquete devolucion reembolso envio envian seguimiento stock factura carrito entrega cuenta"),
    (TAKE_ME, "take bring get give put let send pass hand patch loop switch skip bypass exit escalate
        amene emmene donne donnez mets mettez passe passez laisse laissez envoie envoyez sors sortez faites
        bring gib gebt hol holen lass lassen schick stell stellen leite leiten ubergib raus
        lleva lleveme dame deme ponga ponme deja dejeme manda mande saca saquenme pasa pasen"),
    (REACH, "bell buzz dm loop natter natters blether chinwag sit meet meeting appointment consultation consult reachable available number line
        rendez visio entretien joignable coup causette jaser numero ligne
        termin sprechstunde beratungsgesprach schnacken quatschen erreichbar nummer leitung rucksprache melden meldet gemeldet
        cita reunion videollamada entrevista charla platica platicar telefonazo localizar numero linea asesoria"),
    (ASKS, "how what whats where when which who whom whose whats how
        comment quel quelle quels quelles combien quand ou quoi cmt qui quelles
        wie was wo wann welche welches welcher welchen wieviel wieviele wer
        como cual cuales cuanto cuanta cuantos cuantas cuando donde que quien"),
    (BEING, "is are was be am being been were does do did
        est sont suis etes es etre sera soit serait sommes
        ist sind bin bist war ware sein wird werden
        es son soy eres esta estan estoy estamos ser sea seria somos fue"),
    (IF, "if unless whether since because before si sinon puisque avant wenn falls sonst bevor da antes porque"),
    (IT, "it its this that these thats ca ce c cela cette cet ces cest es das dies dieses diese diesen dem lo esto eso este esta esa ese"),
    (I, "i im ive id ill we were jai jaimerais jveux je j jsuis ich hab habe wir bin yo estoy tengo soy somos voy"),
    (YOU, "you u ya yall your youre tu te t vous du dich dir sie ihr euch usted ustedes ti contigo vos os"),
    (HAVING, "have has had having got ai a as avez ont avons avait habe hast hat haben hab habt hatte he ha has han hay tengo tiene tienen tienes"),
    (AGAIN, "again twice times third still already keep keeps asked told said repeat
        encore fois toujours deja redemande demande repete dit troisieme
        nochmal wieder schon zweimal dreimal mehrfach immer noch gesagt gebeten gefragt
        otra vez veces vuelvo sigue sigo repito pedi pedido dije tercera tres"),
    (AUTHORITY, "charge responsible senior higher authority owner ceo legal complaint complaints escalate
        responsable direction superieur gerant hierarchie juridique plainte reclamation
        zustandig verantwortlich vorgesetzte leitung fuhrungskraft rechtsabteilung beschwerde
        responsable direccion superior gerencia dueno queja reclamacion legal"),
    // Real words that are one typo away from another.
    (0, "argent urgent personal agency humane agencia conseils  sprachen versprechen contents sprecher relations tratan pasado pasada pasa
        passt habe haben hablamos halt claren melder passend passen reader contains calls trata werden wenn white massage contract leinen leiter scheiben scheibe linge linen liner swatch stitch llave mandel mandeln pomme parte partes party parts wanden trough schatten karten pants phones lines tall walk
        talla tallas tale sale sales spear steak peak heard hang band sand land hands manger managed manages stuff steam stamm stand"),
], PERSON | CONTACT));

/// Multi-word expressions, with their kinds.
#[rustfmt::skip]
static TOGETHER: LazyLock<[(u64, Patterns); 5]> = LazyLock::new(|| [
    (SERVICE, Patterns::new(&[
        "customer service/services/support/care/relations", "service client/clients/clientele", "atencion al cliente", "servicio al/de cliente",
        "personal de _ tienda/atencion/servicio/soporte", "member of _ staff/team/crew", "membre de _ equipe", "servicio de atencion",
        "support team/staff", "service apres vente", "live chat/agent/support/help/assistance", "live person", "help desk", "call center/centre", "sales team/rep",
        "support client", "customer care rep", "servicio tecnico/posventa", "menschlich* support", "atencion humana/personal/personalizada",
        "account manager",
    ])),
    (PERSON | REAL, Patterns::new(&["asesoramiento/atencion/ayuda/trato personal/humano/humana/personalizad*", "personlich* beratung/hilfe/kontakt", "personal/human advice/assistance/help/support", "aide/contact humain/humaine", "etre vivant", "ser vivo", "living being/soul", "echte/richtige beratung/hilfe", "vraie aide", "ayuda real", "menschlich* antwort/hilfe/unterstutzung/kontakt/beratung/stimme", "respuesta/ayuda/soporte/contacto humana/humano", "human response/reply/answer/contact/help/touch/voice/support/assistance", "personlich* gesprach", "personal/real conversation/call", "conversacion/entrevista personal", "flesh and blood", "fleisch und blut", "chair et _ os", "carne y hueso", "viva voz", "vive voix"])),
    (STAFF, Patterns::new(&[
        "whoever _ in charge", "in charge", "chez vous", "la/votre direction", "mit personal", "team member/members",
        "girl/woman/lady/man/guy/gentleman from your/the", "dame/frau/mann/herr/herrn von/aus", "fille/femme/dame/homme/monsieur de chez/votre",
        "with/to/avec/mit/con a/une/einer/una/un/einem lady/woman/gentleman/girl/femme/dame/homme/frau/mann/mujer/senora/senorita/hombre",
        "girls/guys/ladies in/from/at the/your", "una/uno/alguna de las/los chicas/chicos", "une/un des filles/gars",
        "chica/chico/mujer/senora/senor de su/la/ustedes", "quien manda/decide", "wer entscheidet/zustandig/verantwortlich", "qui decide/commande", "who decides",
    ])),
    (STAFF | THEIRS, Patterns::new(&[
        "one/any/some of your", "un/une/quelquun de vos", "einer/einen/einem/eine/jemand* ihrer/eurer/deiner", "uno/una/alguno/alguien de sus/tus/vuestros/vuestras/ustedes",
        "one/any/some of you", "l un/une de vous", "alguno/alguna/uno/una/alguien de ustedes/vosotros", "einer/eine/jemand/wer von euch/ihnen"])),
    (BOT, Patterns::new(&[
        "canned answers/replies/responses", "reponses toutes faites/automatiques", "respuestas automaticas/enlatadas", "inteligencia artificial",
        "intelligence artificielle", "kunstliche/kunstlichen/kunstlicher intelligenz", "assistant virtuel", "asistente virtual", "virtual assistant",
        "the/this/your assistant", "robot thing", "faq page/pages", "automatisch* antworten",
    ])),
]);

/// Explicit requests, as [`Patterns`].
#[rustfmt::skip]
static OUTRIGHT: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "someone/somebody/anyone/anybody/you/have _ _ _ call/ring/phone me", "crew/team/staff/someone/somebody _ _ get back to", "call me back", "give me a call", "please call me", "call me please/asap/now/on/at", "me a callback", "request a callback",
    "transfer/connect/escalate/redirect me", "hand me over/off", "put me through/on", "put me in touch", "pass me on/to/over", "escalate this/it/my", "get hold of _ _ person/human/someone/somebody",
    "whom can/may/should i", "who may i", "wen darf/muss ich", "someone/somebody on your team/staff",
    "who can/could/do/should i talk/speak/write/turn/call/contact", "qui puis/peux/dois je _ contacter/appeler/joindre/adresser", "an wen _ _ _ _ wenden", "wer ist _ zustandig", "a quien puedo/debo _ contactar/dirigir*/llamar", "con quien hablo", "wen kann ich", "let me talk/speak to/with your/a/the/someone/somebody",
    "rappelez moi", "rappelle moi", "on/quelquun/qqn me rappel*", "vous me rappelez/rappeliez", "me passer le/la/votre", "mettez/mets/mettre moi/me en lien", "m appel*", "appelez moi", "passez moi un/une/le/la/quelquun/votre", "transferez moi", "mise/mis/mettre/mettez/mettes en relation/contact",
    "moi _ en relation/contact", "a qui puis/peux je _ parler/adresser/m", "a qui parler", "contact avec un/une/votre",
    "rufen sie mich", "ruf* mich _ an", "mich _ _ zuruckrufen/anrufen", "mich _ _ _ zuruckruf*", "verbinden/verbinde sie mich", "verbinde mich", "stellen sie mich", "mit wem kann ich", "wen kann ich _ sprechen/anrufen",
    "leiten sie mich", "leite mich",
    "llamarme", "llamenme", "llameme", "llamame", "me llamen", "me llame _ alguien/un/una", "con quien _ hablar/hablo", "pasame/paseme/pongame/ponme/comuniqueme/transfierame/transfiereme/conecteme con",
    "transferirme/pasarme/comunicarme/ponerme con",
    "give/get me _ someone/somebody/manager/supervisor/boss/anyone", "let/put me _ through to", "passer/donnez/donne moi _ _ quelquun/responsable/superieur/directeur", "me passer _ quelquun/qqn/responsable",
    "geben sie mir _ _ vorgesetzten/chef/kollegen/jemanden", "gib mir _ _ chef/jemanden/vorgesetzten", "holen sie _ jemanden/chef", "hol mir _ jemanden/chef", "deme/dame/pasenme/denme _ _ jefe/encargado/gerente/alguien",
    "complain to your/a/the", "someone/somebody on the phone/line", "quelquun/qqn/conseiller au telephone", "jemanden _ _ am telefon/apparat", "qu on me rappelle/contacte", "wer kann mir _ helfen", "who is/whos your _ boss/manager/supervisor/superior", "wer ist ihr/euer/dein _ chef/vorgesetzter/boss", "quien es su/tu _ jefe/superior/encargado", "qui est votre/ton _ chef/responsable/patron/superieur", "who do i have to talk/speak/write", "parler/ecrire/adresser a qui", "um _ ruckruf/kontaktaufnahme/anruf", "devolv*/devuelv* la llamada", "return my call", "que me contacten/llamen/escriban/respondan/contacte/llame", "qu elle/il/on me contacte/rappelle/appelle", "how can/do i _ phone/call/reach/contact/ring you", "comment vous joindre/contacter/appeler", "comment _ _ vous joindre/contacter/appeler", "wie kann/erreiche ich sie/euch _ _ erreichen/anrufen/kontaktieren", "wie erreiche ich sie/euch", "como los/les/os contacto/llamo/puedo", "contactarlos/llamarlos/contactaros/llamaros", "konnen/konnten wir _ _ telefonieren", "brauch*/will/mochte einen/jemanden/eine der/die", "den/die will/mochte ich _ sprechen", "como llego a _ persona/humano/agente/alguien", "anyone/anybody _ there/here/alive", "hatte ich gern/gerne gesprochen",
    "human/person/agent _ _ be better", "mensch/person/mitarbeiter ware _ _ besser/lieber", "humain/conseiller/personne serait _ mieux/preferable", "mejor _ un/una humano/persona/agente/asesor/asesora",
]));
/// Withdrawn wishes.
#[rustfmt::skip]
static DECLINED: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
    "no need", "not necessary", "not needed", "unnecessary", "no longer need", "dont have to", "rather not", "pas besoin", "plus besoin", "pas la peine", "pas necessaire",
    "inutile de", "nicht notig", "nicht notwendig", "nicht mehr notig", "no hace falta", "no es necesario", "no necesito", "ya no",
    "cancel*/annul*/storn* _ _ call/callback/rappel/ruckruf/llamada", "ne m appelez/rappelez pas", "ne me rappel*/contact*", "no me llam*", "thanks to", "merci a", "danke an", "gracias a", "thank the/your", "remercie*/remerciez", "danken", "agradecer*", "gruss*",
]));

/// How something was made.
#[rustfmt::skip]
const MADE: &[&str] = &[
    "made", "built", "sewn", "painted", "tested", "checked", "packed", "gebaut", "hergestellt",
    "genaht", "gepruft", "fait*", "fabrique*", "hech*", "fabricad*", "cousu*",
];

/// Ways to get past a bot.
#[rustfmt::skip]
const PAST_IT: &[&str] = &[
    "refuse", "weiger*", "niego", "skip", "bypass", "umgehen", "contourner", "salto", "saltar*", "enough", "basta", "genug",
    "escape", "avoid", "sauter", "echapper", "eviter", "evito", "evitar", "vermeiden", "loswerden", "raus", "weg",
];

/// What follows is not wanted: "rather than …".
static THAN: LazyLock<Patterns> = LazyLock::new(|| {
    Patterns::new(&[
        "vous/toi/ici/mail qu",
        "contigo/aqui/ti que",
        "than",
        "als",
        "instead of",
        "statt",
        "anstatt",
        "que d/de/attendre/esperar",
        "lugar de",
        "vez de",
    ])
});

/// A rule's match.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// The rule's index.
    pub rule: usize,
    /// Its first and last word.
    pub words: (usize, usize),
    /// 0 to 1.
    pub confidence: f32,
}

/// The first and last word of a match, and its confidence.
type Found = Option<(usize, usize, f32)>;

/// A text with the kinds of its words.
pub struct Read<'a> {
    /// The text.
    pub text: &'a Text,
    /// The kinds of each word, as bits.
    pub tags: Vec<u64>,
    /// All kinds in each sentence, and in each clause.
    sentences: Vec<u64>,
    clauses: Vec<u64>,
    /// The words where a withdrawal begins, and those followed by what is not wanted.
    declined: Vec<bool>,
    than: Vec<bool>,
}

impl<'a> Read<'a> {
    /// The rules in order: those that name a person to talk to come before those that only hint at one. Each checks for
    /// a match that begins, or has its person, at one word.
    const RULES: [fn(&Self, usize) -> Found; 12] = [
        Self::outright,
        Self::contact_with,
        Self::no_bot,
        Self::wished_for,
        Self::with_people,
        Self::is_there,
        Self::free,
        Self::call,
        Self::by_phone,
        Self::call_me,
        Self::rather_than_bot,
        Self::addressed,
    ];

    /// Looks up every word.
    pub fn of(text: &'a Text) -> Self {
        let mut tags: Vec<u64> = text.words.iter().map(|word| WORDS.kinds(&word.text)).collect();
        for (kinds, patterns) in TOGETHER.iter() {
            for (first, last) in patterns.all(text) {
                tags[first..=last].iter_mut().for_each(|tag| *tag = (*tag | kinds) & !CONTACT);
            }
        }
        let begins =
            |patterns: &Patterns| (0..tags.len()).map(|at| patterns.at(text, at).is_some()).collect();
        let (declined, than) = (begins(&DECLINED), begins(&THAN));
        let mut read = Self { text, tags, sentences: Vec::new(), clauses: Vec::new(), declined, than };
        for at in 0..text.words.len() {
            let before = read.text.at(at.wrapping_sub(1));
            match text.at(at) {
                "word" if before == "a" => read.tags[at] |= CONTACT | TALK,
                "type" if fits(text.at(at + 1), "to/with") => read.tags[at] |= CONTACT,
                // German, not English.
                "will" if fits(text.at(at + 1), "den/ein*/ne/nen/mit/ich/jetzt/zu*") => read.tags[at] |= WANT,
                // "I'd like", but not "I like".
                "like" | "love" if fits(before, "id/would") => read.tags[at] |= WANT,
                // "How do I get past you to a person?"
                "bring" if text.at(at + 1) == "in" => read.tags[at] |= CONTACT,
                "hatte" if at == 0 && !fits(text.at(1), "gern*/lieber/ich") => read.tags[at] |= PAST,
                "get" if fits(text.at(at + 1), "to/through/past/around/hold/ahold") => {
                    read.tags[at] |= CONTACT
                }
                // "the number of a person"
                "number" | "numero" | "nummer" | "button" | "bouton" | "boton" | "knopf"
                    if fits(text.at(at + 1), "for/of/from/to/de/d/von/fur/para/pour")
                        && WORDS.kinds(text.at(at + 2)) & DETERMINER != 0 =>
                {
                    read.tags[at] |= CONTACT;
                }
                "got" if fits(before, "i/we") => read.tags[at] |= PAST,
                "hier" if fits(before, "d/chat/telephone") => read.tags[at] |= PAST,
                // « Un livre qui parle d'un agent. »
                "parle" | "habla" | "hablo" | "trata" | "write" | "escribio"
                    if fits(text.at(at + 1), "de/d/du/una/your/sus") =>
                {
                    read.tags[at] &= !(CONTACT | TALK);
                }
                // "Do I need someone to lift it?"
                "need"
                    if text.at(0) == "does"
                        || (before == "i" && fits(text.at(at.wrapping_sub(2)), "do/will/would")) =>
                {
                    read.tags[at] = 0;
                }
                "conseille" if fits(before, "bien/a/avez") => read.tags[at] = PAST,
                "tiene" if text.at(at + 1) == "que" => read.tags[at] |= WANT,
                "falta" if fits(text.at(at.wrapping_sub(2)), "me/nos") => read.tags[at] |= WANT,
                // "Ist da wer", "kann mich wer anrufen".
                "wer" if fits(before, "da/hier/mich/mi/mir/uns/mal/bitte") => {
                    read.tags[at] |= STAFF | SOMEONE;
                }
                // « j'ai parlé » tells what was; « je veux parlé » is how many write « parler ».
                word if word.starts_with("parle") && fits(before, "ai/as/a/avons/ont/t") => {
                    read.tags[at] = PAST;
                }
                _ => {}
            }
            if read.is(at, ANYBODY) && read.is_somebody_else(at) {
                read.tags[at] = read.tags[at] & !ANYBODY | OTHERS;
            }
            let sentence = text.words[at].sentence;
            read.sentences.resize(sentence + 1, 0);
            read.sentences[sentence] |= read.tags[at];
            let clause = text.words[at].clause;
            read.clauses.resize(clause + 1, 0);
            read.clauses[clause] |= read.tags[at];
        }
        read
    }

    /// Finds the wish for a person.
    pub fn wish(&self) -> Option<Match> {
        let found = Self::RULES.iter().enumerate().find_map(|(rule, matches)| {
            (0..self.tags.len())
                .find_map(|at| {
                    matches(self, at).filter(|(first, last, _)| !self.tells(*first) && !self.tells(*last))
                })
                .map(|found| (rule, found))
        });
        let (rule, (first, last, confidence)) =
            found.or_else(|| Some((Self::RULES.len(), self.in_a_word()?)))?;
        Some(Match { rule, words: (first, last), confidence })
    }

    /// Returns the context of a word that can be asked for, as bits: refused, in a statement, did something, any person,
    /// described further.
    pub fn stance(&self, at: usize) -> Option<u64> {
        let stances = [Self::refused, Self::tells, Self::told, Self::generic, Self::qualified];
        let bits = || stances.iter().rev().fold(0, |bits, is| bits << 1 | u64::from(is(self, at)));
        self.is(at, NAMED).then(bits)
    }

    fn is(&self, at: usize, kinds: u64) -> bool {
        self.tags.get(at).is_some_and(|tag| tag & kinds != 0)
    }

    fn one_of(&self, at: usize, words: &str) -> bool {
        fits(self.text.at(at), words)
    }

    /// Returns up to `steps` words after it in the same sentence.
    fn next(&self, at: usize, steps: usize) -> std::ops::Range<usize> {
        let end = (at + 1 + steps).min(self.tags.len());
        at + 1
            ..(at + 1..end)
                .find(|i| self.text.words[*i].sentence != self.text.words[at].sentence)
                .unwrap_or(end)
    }

    /// Returns up to `steps` words before it in the same clause.
    fn before(&self, at: usize, steps: usize) -> std::ops::Range<usize> {
        let clause = self.text.words[at].clause;
        let start = at.saturating_sub(steps);
        (start..at).rev().find(|i| self.text.words[*i].clause != clause).map_or(start, |i| i + 1)..at
    }

    /// Returns whether a word's sentence has any of these kinds.
    fn sentence_has(&self, at: usize, kinds: u64) -> bool {
        self.sentences[self.text.words[at].sentence] & kinds != 0
    }

    /// Returns whether a word's clause is about the past, or about prices and hours.
    fn tells(&self, at: usize) -> bool {
        let all = self.clauses[self.text.words[at].clause];
        all & (PAST | TERMS) != 0 && all & (WANT | CAN) == 0
    }

    /// Returns whether a word for a person does not mean the shop's people: "human hair", "my manager", "for someone", "two people".
    fn is_somebody_else(&self, at: usize) -> bool {
        let before = self.before(at, 6);
        let word = self.text.at(at);
        let back = |steps: usize| at.checked_sub(steps).filter(|i| before.contains(i)).unwrap_or(usize::MAX);
        let same_clause = self.text.words.get(at + 1).is_some_and(|w| w.clause == self.text.words[at].clause);
        // "support de téléphone" is a thing, "conseiller de vente" a person.
        let of_something = self.one_of(at + 1, "de/del/der/des/telephone/phone/telefono");
        let may_be_a_thing = fits(word, "support/service/servicio/soporte/agent");
        let compound = same_clause && if of_something { may_be_a_thing } else { self.is(at + 1, BEHIND) };
        let mine = [("von", "mir"), ("a", "moi"), ("of", "mine")]
            .iter()
            .any(|(of, me)| self.text.at(at + 1) == *of && self.text.at(at + 2) == *me)
            || self.one_of(at + 1, "mio/mia");
        // « Personne ne répond », « parler à personne », but « une personne ».
        let nobody = word == "personne"
            && (self.one_of(at + 1, "ne/n") || self.one_of(back(1), "a/avec/pour/de/connais"));
        let number = |i: usize| {
            let to = self.text.at(i) == "2" && self.is(i.wrapping_sub(1), CONTACT);
            !to && (self.is(i, NUMBER)
                || self.text.words.get(i).is_some_and(|w| w.text.bytes().all(|b| b.is_ascii_digit())))
        };
        // Skips "a", "the", "real" to the word that they depend on.
        let start = before.clone().rev().take_while(|i| self.is(*i, DETERMINER | REAL)).last().unwrap_or(at);
        let hangs_on = start.checked_sub(1).filter(|i| before.contains(i)).unwrap_or(usize::MAX);
        let asks_for = "number/line/nummer/numero/button/bouton/boton/knopf/avoir/ask/asking/asked/looking/wait/waiting/demande/would/d/id";
        let for_somebody = self.is(hangs_on, FOR)
            && !self.one_of(hangs_on.wrapping_sub(1), asks_for)
            && !self.is(at, SERVICE);
        let own = self.is(back(1), OWN)
            || (self.is(back(2), OWN)
                && self.is(back(1), REAL)
                && !self.one_of(back(1), "case/order/to/mit"));
        let job = self.before(at, 4).any(|i| {
            self.is(i, WORKS) && before.contains(&i.wrapping_sub(1)) && !self.is(i.wrapping_sub(1), WHICH)
        }) || self
            .before(at, 3)
            .any(|i| self.one_of(i, "bin/suis/soy/im") && self.is(i + 1, DETERMINER | ANYBODY))
            || self.before(at, 4).any(|i| self.text.at(i) == "am" && self.one_of(i.wrapping_sub(1), "i"))
            || ([back(1), hangs_on]
                .iter()
                .any(|i| self.one_of(*i, "you/hey/hi/hello/hallo/bonjour/hola/liebes/dear"))
                && fits(word, "people/guys/folks/team/leute/equipo/equipe/support"));
        // "arrange for a representative to contact me"
        let errand = self.one_of(at + 1, "to") && self.next(at, 3).any(|i| self.is(i, CONTACT | CARE));
        compound
            || nobody
            || own
            || mine
            || (for_somebody && !errand)
            || job
            || self.is(back(1), BEFORE)
            || number(back(1))
    }

    /// Returns whether a word is refused rather than asked for.
    fn refused(&self, at: usize) -> bool {
        if self.before(at, 7).any(|i| self.declined[i]) {
            return true;
        }
        let after_than = |i: usize| self.than[i] && !(i..at).any(|i| self.is(i, BOT | WANT));
        if self.before(at, 6).any(after_than) {
            return true;
        }
        let denied = self.before(at, 1).any(|i| self.one_of(i, "no/ni"))
            || self.before(at, 4).any(|i| {
                let no_want =
                    self.text.at(i) == "no" && self.is(i + 1, WANT | GET) && self.text.at(i + 1) != "need";
                self.is(i, NOT) || no_want
            });
        denied && !self.before(at, 8).any(|i| self.is(i, CAN))
    }

    fn outright(&self, at: usize) -> Found {
        let last = at + OUTRIGHT.at(self.text, at)? - 1;
        if self.refused(at) || (at..last).any(|i| self.one_of(i, "keiner/niemand/nadie")) {
            return None;
        }
        // Extends the match to the person, if one is named, because the merchant reads the match.
        let end = self.next(last, 4).rev().find(|i| self.is(*i, ANYBODY));
        Some((at, end.unwrap_or(last), if end.is_some() { 0.95 } else { 0.85 }))
    }

    /// "talk to a person", "mit einem Menschen sprechen", "someone I can talk to".
    fn contact_with(&self, at: usize) -> Found {
        let wish = self.sentence_has(at, WANT | CAN);
        let wished = |at: usize| self.before(at, 4).any(|i| self.is(i, WANT));
        let for_me = |verb: usize| {
            let near = (verb.saturating_sub(4)..=verb + 2).any(|i| self.is(i, ME))
                || self.next(verb, 3).any(|i| {
                    self.is(i, OWN)
                        && self.one_of(
                            i + 1,
                            "dossier/case/order/anliegen/fall/caso/pedido/commande/probleme/problem/problema/reclam*"
                        )
                });
            wish && (near || self.text.at(verb).ends_with("rme"))
        };
        if self.is(at, CONTACT) || (self.is(at, CARE) && (for_me(at) || wished(at))) {
            let steps = if self.is(at, CONTACT) { 7 } else { 5 };
            let named = |i: &usize| {
                self.is(*i, ANYBODY)
                    || (self.is(*i, PART)
                        && self.next(at, *i - at - 1).rev().take(2).any(|i| self.is(i, WITH)))
                    || (self.is(at, TALK) && self.is(*i, WITH) && self.them(*i + 1))
            };
            // « Je veux lui parler. »
            let before = self
                .before(at, 1)
                .find(|i| wish && self.is(at, TALK) && self.one_of(*i, "lui/leur") && self.them(*i));
            let enclitic = wish && self.is(at, TALK) && self.one_of(at, "escribirle/escribirles/hablarle");
            let before = before.or(enclitic
                .then_some(at)
                .filter(|at| (at.saturating_sub(60)..*at).any(|i| self.is(i, ANYBODY | PART))));
            let other = self.next(at, steps).find(named).or(before)?;
            let (at, other) = (at.min(other), at.max(other));
            let sure = if self.is(other, PERSON | SERVICE) { 0.95 } else { 0.85 };
            return (!self.refused(at) && !self.refused(other)).then_some((at, other, sure));
        }
        let part = self.is(at, PART) && self.before(at, 2).any(|i| self.is(i, WITH) || self.one_of(i, "zur"));
        if (part || self.is(at, ANYBODY)) && !self.told(at) {
            let one = wish && !self.generic(at) && self.before(at, 1).any(|i| self.is(i, DETERMINER));
            let to_act = wish && self.before(at, 3).any(|i| self.one_of(i, "que/qu/dass/that"));
            let ours = one
                || to_act
                || self.real(at)
                || self.is(at, PERSON | THEIRS)
                || self.is(at.wrapping_sub(1), THEIRS);
            let verb = self.next(at, 7).find(|i| {
                self.is(*i, CONTACT)
                    || (self.is(*i, CARE) && ((ours && !self.one_of(*i, "see")) || for_me(*i)))
            })?;
            let can = self.before(at, 5).any(|i| self.is(i, CAN));
            let negated = self.refused(at) || (!can && (at..verb).any(|i| self.is(i, NOT)));
            // "can somebody tell whether I can talk to my manager": the contact is with someone else.
            let own = (at..verb).any(|i| self.is(i, OWN)) && self.is(verb + 1, OWN);
            return (!negated && !own).then_some((at, verb, 0.8));
        }
        None
    }

    /// "your …", or somebody mentioned before.
    fn them(&self, at: usize) -> bool {
        self.one_of(at, "whoever/whomever/quien/quienes/wem/celui/celle")
            || self.is(at, THEIRS)
            || (self.is(at, THEM) && (at.saturating_sub(60)..at).any(|i| self.is(i, ANYBODY | PART)))
    }

    /// Somebody who did something: a story, not a wish.
    fn told(&self, at: usize) -> bool {
        let did = "hat/has/had/said/told/ha/stole/robo/wants/will/quiere/veut";
        let has = |i: usize| self.one_of(i, "a/ont");
        if self.text.at(at + 1) == "will" && self.one_of(at + 2, "i/ich") {
            return false;
        }
        (self.one_of(at + 1, "m/l/nous/vous/t") && has(at + 2))
            || self.one_of(at + 1, did)
            || (self.text.at(at + 1) == "a" && !self.one_of(at + 2, "qui/quien"))
    }

    fn real(&self, at: usize) -> bool {
        (at.saturating_sub(1)..=at + 2).any(|i| self.is(i, REAL))
    }

    /// "I don't want to talk to a bot", "a person, not a machine".
    fn no_bot(&self, bot: usize) -> Found {
        if !self.is(bot, BOT) {
            return None;
        }
        let start = bot.saturating_sub(8);
        let here = |i: &usize| self.text.words[*i].sentence == self.text.words[bot].sentence;
        let no = "no/cant/stop/tired/sick/fed/marre/harto/harta/satt/instead";
        let with = self.before(bot, 3).any(|i| self.is(i, WITH));
        // « Mit einem Computer diskutiere ich nicht. »
        if with
            && self.next(bot, 5).any(|i| self.is(i, NOT))
            && self.next(bot, 3).any(|i| self.is(i, CONTACT))
        {
            return Some((bot, bot, 0.8));
        }
        let around = || self.before(bot, 8).chain(self.next(bot, 4));
        let strict = with || self.one_of(bot, "bot/bots/chatbot*/robot/robots/ki/ia/ai/assistant");
        if around().any(|i| self.one_of(i, "mind/captcha/vacuum/aspirador*/tondeuse")) {
            return None;
        }
        let out_of = self.before(bot, 3).any(|i| self.one_of(i, "out/off"));
        if let Some(i) =
            around().find(|i| listed(self.text.at(*i), PAST_IT)).filter(|_| strict).or(out_of.then_some(bot))
        {
            return Some((bot.min(i), bot.max(i), 0.8));
        }
        let denied = (start..bot).filter(here).find(|i| self.is(*i, NOT) || self.one_of(*i, no))?;
        // In German, the verb comes last.
        let end = (bot + 3).min(self.tags.len());
        if (denied.saturating_sub(3)..end)
            .filter(here)
            .any(|i| self.is(i, CONTACT) || self.one_of(i, "expl*/erklar*"))
        {
            return Some((denied, bot, 0.9));
        }
        let other = (bot.saturating_sub(30)..(bot + 30).min(self.tags.len()))
            .filter(here)
            .find(|i| self.is(*i, PERSON | STAFF));
        let from = self.is(bot.wrapping_sub(2), WITH) || self.one_of(bot.wrapping_sub(2), "de/d/of");
        if bot - denied <= 3 && from && self.sentence_has(bot, WANT) {
            return Some((denied, bot, 0.8));
        }
        match other {
            Some(other) if bot - denied <= 2 => Some((denied.min(other), bot.max(other), 0.9)),
            _ => (bot - denied <= 2 && self.next(bot, 2).any(|i| self.is(i, PLEASE)))
                .then_some((denied, bot, 0.8)),
        }
    }

    /// Returns whether a word for staff is specific enough: "a real colleague", "your boss", "someone from returns".
    fn qualified(&self, at: usize) -> bool {
        self.real(at)
            || self.before(at, 2).any(|i| self.is(i, THEIRS))
            || (self.is(at, SOMEONE) && self.is(at + 1, WHICH))
            || self.one_of(at + 1, "who/that/from/qui/que/quien/k/q/der/die/aus/vom")
            || self.is(at + 1, FREE)
    }

    /// "I need a human", "give me a person": with only function words between.
    fn wished_for(&self, at: usize) -> Found {
        if !self.is(at, PERSON | STAFF) {
            return None;
        }
        let sentence = self.text.words[at].sentence;
        let small = FILLER | REAL | WANT | GET | THEIRS | PLEASE;
        let wish = (at.saturating_sub(6)..at)
            .rev()
            .take_while(|i| {
                self.text.words[*i].sentence == sentence
                    && (self.is(*i, small) || self.one_of(*i, "for/nach"))
            })
            .filter(|i| self.is(*i, WANT | GET))
            .last()?;
        let strong = (wish..at).any(|i| {
            self.is(i, WANT)
                || (self.is(i, GET) && self.is(i + 1, ME))
                || (self.text.at(i) == "get" && i + 1 == at && self.one_of(at + 1, "to/who/on/here/from"))
                || (self.one_of(i, "get/give") && self.is(i + 1, THEIRS))
        });
        let enough =
            self.is(at, PERSON) || self.real(at) || (strong && (self.is(at, SOMEONE) || self.qualified(at)));
        let thanked = (wish..at).any(|i| DECLINED.at(self.text, i).is_some());
        (enough && !thanked && !self.refused(wish) && self.ends_well(at)).then_some((wish, at, 0.9))
    }

    /// Checks what follows a person who is asked for: nothing, or a word that begins something else. Any other word
    /// makes it a different thing ("a person scale").
    fn ends_well(&self, at: usize) -> bool {
        let Some(next) = self.text.words.get(at + 1) else { return true };
        // "I prefer a person to be at home"
        let errand = self.one_of(at + 2, "be/sign/wear/sit/use/carry/receive/fit");
        !(next.text == "to" && errand)
            && (next.clause != self.text.words[at].clause
                || self.is(at + 1, FILLER | REAL | ON | PLEASE | FREE))
    }

    /// "a hotline with real people", "handled by a real person", "settle it with an advisor".
    fn with_people(&self, at: usize) -> Found {
        if !self.is(at, WITH) {
            return None;
        }
        let person = self.next(at, 3).find(|i| self.is(*i, PERSON | STAFF))?;
        let between = at + 1..person;
        let real = between.clone().any(|i| self.is(i, REAL));
        let with = self.one_of(at, "with/avec/mit/con");
        let one = self.is(person, THEIRS) || between.clone().any(|i| self.is(i, DETERMINER | THEIRS));
        let named = if self.is(person, SOMEONE) { self.is(person + 1, WHICH) } else { one };
        let only = self.before(at, 4).any(|i| self.one_of(i, "only/qu/nur/solo/solamente"));
        // "advice from a stylist", but not "a picture of a person"
        let by = self.one_of(at, "by/par/von/por");
        let wished = self.before(at, 6).any(|i| self.is(i, WANT))
            && (!self.generic(person) || (by && !self.is(person, SOMEONE)))
            || (by && self.sentence_has(at, CAN) && !self.generic(person));
        let made = self.before(at, 8).chain(self.next(at, 8)).any(|i| listed(self.text.at(i), MADE));
        let enough = !made
            && (real
                || (named
                    && self.ends_well(person)
                    && ((with && (only || self.sentence_has(at, WANT | CAN))) || wished)));
        let small = between.clone().all(|i| self.is(i, FILLER | REAL | DETERMINER | THEIRS));
        (enough && small && !self.refused(at)).then_some((at, person, 0.8))
    }

    /// Any person at all, or one who may also come to install or deliver.
    fn generic(&self, at: usize) -> bool {
        self.is(at, SOMEONE)
            || self
                .one_of(at, "person*/people/mensch*/human*/humain*/leute*/gens/gente/folks/techni*/tecnic*")
    }

    /// "Would your supervisor have five minutes?": one of the shop's people, and a wish.
    fn addressed(&self, at: usize) -> Found {
        #[rustfmt::skip]
        const ELSEWHERE: &[&str] = &[
            "store", "laden", "magasin", "know", "wissen", "savoir", "saber", "wonder*", "curious", "curios*",
            "install*", "become", "be", "ser", "devenir", "werden", "gift", "geschenk", "cadeau", "regalo",
            "costume", "kostum", "disfraz",
        ];
        if !self.is(at, PERSON | STAFF) || self.generic(at) || self.told(at) {
            return None;
        }
        let theirs = self.is(at, THEIRS) || self.before(at, 2).any(|i| self.is(i, THEIRS));
        if !theirs && self.one_of(at, "team/equip*/staff/crew/dep*/abteilung") {
            return None;
        }
        let mut around = self.before(at, 10).chain(self.next(at, 10));
        if around.any(|i| listed(self.text.at(i), ELSEWHERE)) || self.refused(at) {
            return None;
        }
        let wish = self.before(at, 10).find(|i| self.is(*i, WANT | CAN))?;
        // "Could your colleague from yesterday": the past is only mentioned in passing.
        if self.sentence_has(at, TERMS) || (self.sentence_has(at, PAST) && !(theirs && at - wish <= 2)) {
            return None;
        }
        let served = if theirs { ME | THEM } else { ME };
        let mine =
            self.is(wish, WANT) || self.before(at, 10).chain(self.next(at, 6)).any(|i| self.is(i, served));
        // "Could you bring in a colleague?"
        let you = self.next(wish, 1).any(|i| self.one_of(i, "you/u/sie/ihr/du/vous"));
        let one = self.before(at, 2).any(|i| self.one_of(i, "a/an/ein*/nen/un/une/una"));
        ((mine && (theirs || self.ends_well(at))) || (you && one && self.ends_well(at)))
            .then_some((wish, at, 0.6))
    }

    /// "is there a real person", "y a-t-il un humain", "u guys got a live agent".
    fn is_there(&self, at: usize) -> Found {
        #[rustfmt::skip]
        static THERE: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
            "is there", "are there", "is", "are", "ist", "sind", "esta", "wheres", "y aurait il", "do you _ have", "you/u/yall/guys got", "auriez vous", "aurais tu", "arbeitet/arbeiten da/hier/bei", "y a t il", "il y a", "y a", "y a pas", "ya", "ya tu", "no hay", "isnt there", "is there no", "avez vous",
            "vous avez", "tu as", "sind da/hier", "gibt es", "gibts", "gibt s", "ist da/hier", "ist hier", "sitzt da/hier", "hay", "tienen", "teneis", "habt ihr", "haben sie", "hast du",
        ]));
        let from = at + THERE.at(self.text, at)? - 1;
        // A question, not a statement: "is a …", "where is a …".
        let copula = self.one_of(from, "is/are/ist/sind/esta") && from == at;
        let where_is = self.one_of(at.wrapping_sub(1), "where/wo");
        if copula && !where_is && self.next(from, 1).any(|i| self.one_of(i, "the/die/der/das/el/la/las/los"))
        {
            return None;
        }
        if copula && self.before(at, 1).any(|i| !self.one_of(i, "where/wo/when/wann/hallo/hello/hi")) {
            return None;
        }
        let person = self.next(from, 5).find(|i| self.is(*i, PERSON | STAFF))?;
        // "Is someone with an allergy safe" does not ask for anyone.
        let other = (copula || !self.is(person, SOMEONE))
            && self.generic(person)
            && (self.one_of(person + 1, "with/mit/con/avec")
                || (self.text.at(person + 1) == "else" && self.next(person, 2).len() == 2));
        let enough = !other && (self.is(person, PERSON | SOMEONE) || self.qualified(person));
        let small = self.next(from, person - from - 1).all(|i| self.is(i, FILLER | REAL | DETERMINER));
        (enough && small && self.ends_well(person) && !self.refused(at)).then_some((at, person, 0.8))
    }

    /// "is an advisor free", "someone at the other end".
    fn free(&self, at: usize) -> Found {
        #[rustfmt::skip]
        static HERE: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(&[
            "available/free/online/alive/dispo*/libre/libres/joignable*/frei/verfugbar/erreichbar/connecte/conectado", "est la", "in today", "there", "da", "kurz zeit", "gerade zeit", "zeit _ _ fur mich",
            "other end", "anderen ende", "bout du fil", "bout de _ ligne", "otro lado", "behind this/the/these", "hinter dem/diesem", "derriere ce/cet/le/cette", "detras de",
            "read/reads/reading this/these/my", "lit ces/mes/ce", "liest das/hier/meine", "take/takes/taking over", "prendre/prenne/prend/prends le relais", "la suite", "la place", "chat _ ubernehmen", "das ubernehmen",
        ]));
        // "Maria from returns", "Sophie du service client".
        let from = || self.before(at, 2).any(|i| self.one_of(i, "from/du/vom/de/aus/von"));
        if !(self.is(at, PERSON | STAFF) || (self.is(at, SERVICE | PART) && from())) {
            return None;
        }
        // « ¿Está disponible algún vendedor? »
        let small = |i: usize| (i + 1..at).all(|i| self.is(i, FILLER | DETERMINER));
        let before =
            self.before(at, 3).find(|i| self.is(*i, FREE) && self.text.at(*i).len() > 4 && small(*i));
        let here = before.or_else(|| self.next(at, 7).find(|i| HERE.at(self.text, *i).is_some()))?;
        let (at, here) = (at.min(here), at.max(here));
        let asks = self.text.asks(self.text.words[at].sentence)
            || self.sentence_has(at, WANT | CAN)
            || self.one_of(here, "dispo*/available/libre/verfugbar/online/frei");
        (asks && !self.refused(at)).then_some((at, here, 0.7))
    }

    /// "I want a callback": a call as a noun.
    fn call(&self, at: usize) -> Found {
        if !self.is(at, CALL) {
            return None;
        }
        let wish = self.before(at, 6).find(|i| self.is(*i, WANT | PLEASE | CAN))?;
        let sure = self.one_of(at, "callback*/ruckruf/tele*/video*");
        let with = self.next(at, 2).any(|i| self.is(i, WITH | THEIRS | ME));
        let ends = self.is(wish, WANT) && self.next(at, 1).is_empty();
        ((sure || with || ends) && !self.refused(at)).then_some((wish, at, 0.8))
    }

    /// "who can explain this to me on the phone".
    fn by_phone(&self, at: usize) -> Found {
        static PHONE: LazyLock<Patterns> = LazyLock::new(|| {
            Patterns::new(&[
                "on/over/by the phone/telephone",
                "by phone",
                "au telephone/tel",
                "par telephone",
                "am telefon",
                "telefonisch",
                "por telefono/tel",
                "al telefono",
            ])
        });
        let last = at + PHONE.at(self.text, at)? - 1;
        let wish = self.before(at, 12).find(|i| self.is(*i, WANT | CAN))?;
        let me = self.sentence_has(at, ME)
            || self.before(at, 12).any(|i| self.one_of(i, "i/ich/je/on/man/we/wir/podemos/puedo/podriamos"));
        let buys = self
            .before(at, 6)
            .chain(self.next(at, 6))
            .any(|i| self.one_of(i, "order*/bestell*/command*/pedi*/compr*/pay*/buy*/kauf*/achet*/acced*"));
        (me && !buys && !self.refused(at)).then_some((wish, last, 0.7))
    }

    /// "can you call me", "me pueden llamar", "könnt ihr mich durchstellen".
    fn call_me(&self, at: usize) -> Found {
        #[rustfmt::skip]
        const CALLS: &[&str] = &[
            "call", "ring", "phone", "contact", "connect", "rappeler", "appeler", "contacter", "recontacter", "anrufen",
            "zuruckrufen", "durchstellen", "verbinden", "weiterleiten", "llamar", "llamarme", "llamarnos", "contactar", "telefonear",
        ];
        if !listed(self.text.at(at), CALLS) {
            return None;
        }
        let me = (at.saturating_sub(4)..at + 2).find(|i| self.is(*i, ME))?;
        let can = (at.saturating_sub(6)..at).find(|i| self.is(*i, CAN))?;
        let here = [me, can].iter().all(|i| self.text.words[*i].sentence == self.text.words[at].sentence);
        // "You can reach me at …" is a statement.
        let allows = self.one_of(can.wrapping_sub(1), "you/vous/ihr/sie")
            && !self.text.asks(self.text.words[at].sentence);
        let remind = self.one_of(at, "rappeler") && self.one_of(at + 1, "le/la/les/l/quel*/mon/ma");
        (here && !allows && !remind && !self.refused(at)).then_some((me.min(can), at, 0.8))
    }

    /// "a person, not FAQ pages".
    fn rather_than_bot(&self, at: usize) -> Found {
        if !self.is(at, PERSON | STAFF) && !self.one_of(at, "personal/personnel") {
            return None;
        }
        let there = "there/hay/gibts/gibt/y/only/nur/solo";
        let only_bots = |i: &usize| self.is(*i, BOT) && self.before(*i, 4).any(|i| self.one_of(i, there));
        if let Some(bot) = self.before(at, 6).find(only_bots).filter(|bot| (*bot..at).any(|i| self.is(i, OR)))
        {
            return Some((bot, at, 0.7));
        }
        let bot = self.next(at, 12).find(|i| self.is(*i, BOT))?;
        let only = (at..bot).any(|i| self.one_of(i, "or/oder/ou/o"))
            && (at..bot).any(|i| self.one_of(i, "only/all/nur/que/solo"));
        if only {
            return Some((at, bot, 0.7));
        }
        let or = (at..bot).any(|i| self.is(i, OR));
        (or && self.sentence_has(at, WANT | CAN | CONTACT | SERVICE)).then_some((at, bot, 0.7))
    }

    /// "agent", "real person please": a whole sentence, or with "please" a part of one.
    fn in_a_word(&self) -> Found {
        let words = &self.text.words;
        let alone = |first: usize, end: usize| {
            let range = first..end;
            let please = first < end && self.sentence_has(first, PLEASE);
            let person = range.clone().any(|i| {
                self.is(i, PERSON | SERVICE)
                    || (please && self.is(i, STAFF))
                    || (self.is(i, SOMEONE) && self.text.asks(words[i].sentence))
            }) || range.clone().skip(1).any(|i| {
                self.is(i, STAFF) && self.is(i - 1, REAL) || self.is(i, REAL) && self.is(i - 1, STAFF)
            });
            let hand = "escalate/transfer/connect/verbinden/weiterleiten/transferez/transferer/transferir/transfiera";
            let handing = please && range.clone().any(|i| self.one_of(i, hand));
            let small = if please { PART | WHICH | DETERMINER } else { 0 }
                | ANYBODY
                | REAL
                | FILLER
                | WANT
                | GET
                | PLEASE;
            let nothing_else = range.clone().all(|i| {
                self.is(i, small)
                    || (handing && self.one_of(i, hand))
                    || self.one_of(i, "else/otra/otro/andere*/autre/said/dije/dit/sagte")
            });
            // A lone word for a service that is only half of a name.
            let lonely = range.len() == 1 && self.one_of(first, "service/servicio");
            range.len() <= 7 && (person || handing) && nothing_else && !lonely
        };
        let mut first = 0;
        while first < words.len() {
            let end = (first..words.len())
                .find(|i| words[*i].sentence != words[first].sentence)
                .unwrap_or(words.len());
            if alone(first, end) {
                return Some((first, end - 1, 0.9));
            }
            let near = |kinds: u64| self.sentence_has(first, kinds);
            let mut start = first;
            // "Not you, a human."
            let short = end - first <= 6 && (first..end).any(|i| self.is(i, NOT) || self.text.at(i) == "no");
            while start < end && (near(PLEASE | BOT) || short) {
                let stop = (start..end).find(|i| words[*i].clause != words[start].clause).unwrap_or(end);
                if alone(start, stop) && !self.one_of(start, "mensch") {
                    return Some((start, stop - 1, 0.8));
                }
                start = stop;
            }
            first = end;
        }
        None
    }
}
