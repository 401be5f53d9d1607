package timing

// entries is what words mean, Swedish and English side by side. Marks stand as words of
// their own, as the tokens do: "t . o . m".
var entries = []entry{
	{monthName, 1, "januari|jan|january"},
	{monthName, 2, "februari|feb|febr|february"},
	{monthName, 3, "mars|mar|march"},
	{monthName, 4, "april|apr"},
	{monthName, 5, "maj|may"},
	{monthName, 6, "juni|jun|june"},
	{monthName, 7, "juli|july"},
	{july, 7, "jul"},
	{monthName, 8, "augusti|aug|august"},
	{monthName, 9, "september|sep|sept"},
	{monthName, 10, "oktober|okt|october|oct"},
	{monthName, 11, "november|nov"},
	{monthName, 12, "december|dec"},

	{ordinal, 1, "första|förste|first"},
	{ordinal, 2, "andra|andre|second"},
	{ordinal, 3, "tredje|third"},
	{ordinal, 4, "fjärde|fourth"},
	{ordinal, lastOne, "sista|final"},

	{numeral, 1, "en|ett|one|a|an"},
	{numeral, 2, "två|two|ett par|a couple|a couple of"},
	{numeral, 3, "tre|three"},
	{numeral, 4, "fyra|four"},
	{numeral, 5, "fem|five"},
	{numeral, 6, "sex|six"},
	{numeral, 7, "sju|seven"},
	{numeral, 8, "åtta|eight"},
	{numeral, 9, "nio|nine"},
	{numeral, 10, "tio|ten"},
	{numeral, 11, "elva|eleven"},
	{numeral, 12, "tolv|twelve"},
	{numeral, 18, "arton|eighteen"},

	{letter, int(quarterUnit), "q|kv"},
	{letter, int(tertialUnit), "t"},
	{letter, int(halfUnit), "h"},
	{letter, int(weekUnit), "v|w|wk|uv"},

	{unitName, int(dayUnit), "dag|dagar|dagarna|day|days|kalenderdagar|calendar days"},
	{unitName, int(workdayUnit), "arbetsdag|arbetsdagar|arbetsdagarna|vardagar|working day|working days|workdays|workday|business day|business days"},
	{unitName, int(weekUnit), "vecka|veckan|veckor|veckorna|week|weeks"},
	{unitName, int(monthUnit), "månad|månaden|månader|månaderna|mån|month|months"},
	{unitName, int(quarterUnit), "kvartal|kvartalet|kvartalen|kvartals|quarter|quarters"},
	{unitName, int(tertialUnit), "tertial|tertialet|tertialen|tertials"},
	{unitName, int(halfUnit), "halvår|halvåret|halvan|halvåren|half year|half - year|half years|half|half of the year|half a year"},
	{unitName, int(yearUnit), "år|åren|year|years"},

	{seasonName, int(spring), "vår|våren|i vår|till våren|vårterminen|vårtermin|vt|spring|spring term"},
	{seasonName, int(autumn), "höst|hösten|i höst|till hösten|höstterminen|hösttermin|ht|autumn|fall|autumn term"},
	{seasonName, int(summer), "sommar|sommaren|i sommar|sommarsemestern|semestern|semestrarna|semesterperioden|sommarperioden|" +
		"sommarledigheten|summer|summer break|summer holidays|summer holiday|summer vacation"},
	{seasonName, int(winter), "vinter|vintern|i vinter|winter"},
	{seasonName, int(schoolYear), "läsår|läsåret|skolåret|academic year|school year"},

	{yearWord, 0, "i år|this year|innevarande år|detta år|det här året|current year"},
	{yearWord, 1, "nästa år|nästkommande år|kommande år|det kommande året|next year|coming year|följande år|nästföljande år"},
	{yearWord, wholeYear, "året|verksamhetsåret|kalenderåret|planåret|the year|plan year|calendar year"},
	{genitive, 1, "nästa års|next year ' s|next year ’ s"},
	{genitive, 0, "detta års|innevarande års|this year ' s|this year ’ s"},
	{genitive, wholeYear, "års"},

	{fixed, int(turnOfYear), "årsskiftet|årsskifte|årsskiftena|nyår|turn of the year|turn of year|new year|new year ' s eve"},
	{fixed, int(turnOfHalf), "halvårsskiftet|halvårsskifte|mid - year|mid year|midyear|turn of the half - year|turn of the half year"},
	{fixed, int(turnOfMonth), "månadsskiftet|månadsskifte|turn of the month"},
	{fixed, int(yearEnd), "årets slut|årsslutet|årsslut|årets utgång|year end|year - end|year ' s end|year ’ s end|eoy"},
	{fixed, int(christmas), "julen|christmas|julhelgen|julledigheten"},

	{recurring, yearly, "årligen|årlig|årliga|årligt|årsvis|varje år|per år|en gång per år|en gång om året|en gång / år|1 gång / år|" +
		"1 gång per år|1 gång om året|1 ggr / år|1 g / år|annually|annual|yearly|every year|each year|per year|once a year|once per year"},
	{recurring, perTertial, "varje tertial|tertialvis|per tertial|en gång per tertial|1 gång / tertial|varje tertialrapport|" +
		"each tertial|every tertial|every tertial report|each tertial report|tre gånger per år|tre gånger om året|3 gånger per år|" +
		"3 ggr / år|three times a year|once a tertial|once per tertial"},
	{recurring, quarterly, "kvartalsvis|varje kvartal|per kvartal|en gång per kvartal|en gång i kvartalet|1 gång / kvartal|" +
		"fyra gånger per år|fyra gånger om året|4 gånger per år|4 ggr / år|var tredje månad|" +
		"quarterly|each quarter|every quarter|per quarter|once a quarter|once per quarter|four times a year|every three months|every 3 months"},
	{recurring, monthly, "månadsvis|månatligen|månatlig|månatligt|varje månad|per månad|en gång per månad|en gång i månaden|1 gång / månad|1 ggr / månad|" +
		"monthly|each month|every month|per month|once a month|once per month"},
	{recurring, continuous, "löpande|fortlöpande|kontinuerligt|kontinuerlig|kontinuerliga|ständigt|regelbundet|regelbunden|" +
		"året runt|året om|tills vidare|ongoing|on - going|continuous|continuously|continually|continual|regularly|on an ongoing basis|all year round|" +
		"until further notice"},
	{recurring, asNeeded, "vid behov|efter behov|när behov uppstår|när behov finns|då behov uppstår|om behov uppstår|vid förfrågan|" +
		"as needed|when needed|if needed|where needed|as required|when required|if required|as necessary|when necessary|if necessary|on demand|as and when needed"},
	{recurring, tooOften, "veckovis|varje vecka|varannan vecka|dagligen|varje dag|weekly|each week|every week|daily|every day|biweekly|fortnightly"},
	{recurring, tooSeldom, "halvårsvis|varje halvår|två gånger per år|två gånger om året|2 gånger per år|2 ggr / år|2 gånger / år|" +
		"vartannat år|vart annat år|vart tredje år|vart fjärde år|vart femte år|varannan månad|" +
		"half - yearly|half yearly|semi - annually|semiannually|biannually|twice a year|twice per year|every six months|every 6 months|" +
		"every two years|every second year|every other year|every three years|biennially|every other month|bimonthly"},

	{urgent, 30, "snarast|snarast möjligt|så snart som möjligt|så snart det går|snarligen|skyndsamt|skyndsam|asap|a . s . a . p|" +
		"as soon as possible|soonest|at the earliest opportunity|promptly"},
	{urgent, 14, "omgående|omedelbart|omedelbar|genast|akut|utan dröjsmål|immediately|immediate|urgent|urgently|at once|right away|without delay|straight away"},

	{within, 0, "inom|om|within|in|inom loppet av"},

	{preposed, int(by), "senast|allra senast|klart senast|klar senast|färdigt senast|by|no later than|not later than|at the latest by|at latest|latest|deadline|senast till|senast i|" +
		"senast vid|senast den|senast under|due|due by"},
	{preposed, int(until), "till|till och med|t . o . m|tom|fram till|to|until|up to|through|till den|klart till|klar till|färdigt till"},
	{preposed, int(before), "före|innan|inför|before|prior to|ahead of|in preparation for|in advance of|i god tid före|i god tid inför|senast före|senast inför"},
	{preposed, int(after), "efter|after|following"},
	{preposed, int(from), "från|från och med|fr . o . m|fr o m|from|fom|f . r . o . m|f . o . m|med start|start|startar|startas|starta|påbörjas|påbörja|påbörjat|börja|börjar|" +
		"inleds|starting|starting from|starts|beginning from|as of|as from|begin|begins|med början"},

	{preposed, int(between), "mellan|between"},

	{next, 0, "nästa|nästkommande|kommande|de kommande|närmaste|de närmaste|närmast kommande|närmast följande|next|the next|upcoming|coming|the coming"},

	{portion, int(beginning), "början|början av|början på|inledningen av|tidigt|tidig|beginning|beginning of|start of|early|första delen av"},
	{portion, int(middle), "mitten|mitten av|mitten på|mitt i|mid|middle|middle of"},
	{portion, int(ending), "slutet|slutet av|slutet på|sen|sent|end|end of|late|sista delen av"},
	{portion, int(close), "utgången av|utgången|senast slutet av|senast vid slutet av|senast i slutet av|by end of|by the end of|by end|before the end of|before end of|" +
		"före slutet av|innan slutet av|före utgången av|innan utgången av|no later than the end of|vid utgången av|till slutet av|till utgången av"},

	{checking, 0, "uppföljning|uppföljningar|uppföljs|följs upp|avstämning|avstämningar|avstäms|stäms av|kontrollpunkt|kontrollpunkter|återrapportering|" +
		"återrapporteras|follow up|follow - up|followed up|checkpoint|checkpoints|status check|reported in"},

	{listing, 0, "och|samt|eller|and|or|& |, |/|+|respektive|resp"},
	{fromTo, 0, "-"},

	{report, 0, "tertialrapport|tertialrapporten|tertialrapportering|tertialrapporteringen|tertialuppföljning|tertialuppföljningen|tertialbokslut|tertialbokslutet|" +
		"tertial report|the tertial report"},
	{reportNoun, 0, "rapport|rapporten|rapportering|rapporteringen|report|reporting|uppföljningsrapport"},

	{filler, 0, "i|på|av|of|the|den|det|under|during|vid|at|on|med|with|för|for|i samband med|in connection with|in conjunction with|tillsammans med|" +
		"nr|nummer|månads|årets|omkring|cirka|ca|runt|around|about|kring|hela|loppet|" +
		"finnas med i|som en del av|inom ramen för|mot"},
	{filler, 0, "(|)|.|:|'|’|\"|”|“|»|«|*|[|]"},
}

// lastOne is the ordinal of the last of its kind.
const lastOne = -2

// relativeEntry is a unit told by its distance from the date written.
type relativeEntry struct {
	unit  unit
	away  int
	words string
}

var relatives = []relativeEntry{
	{weekUnit, 0, "denna vecka|den här veckan|i veckan|innevarande vecka|this week"},
	{weekUnit, 1, "nästa vecka|nästkommande vecka|kommande vecka|next week|coming week"},
	{monthUnit, 0, "denna månad|den här månaden|innevarande månad|this month|current month"},
	{monthUnit, 1, "nästa månad|nästkommande månad|kommande månad|next month|coming month"},
	{quarterUnit, 0, "detta kvartal|det här kvartalet|innevarande kvartal|this quarter|current quarter"},
	{quarterUnit, 1, "nästa kvartal|nästkommande kvartal|kommande kvartal|next quarter|coming quarter"},
	{tertialUnit, 0, "detta tertial|det här tertialet|innevarande tertial|this tertial|current tertial"},
	{tertialUnit, 1, "nästa tertial|nästkommande tertial|kommande tertial|next tertial|coming tertial"},
	{halfUnit, 0, "detta halvår|innevarande halvår"},
	{halfUnit, 1, "nästa halvår|nästkommande halvår|kommande halvår"},
}
