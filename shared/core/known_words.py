"""The words that may stand in a log line: those of our own sentences, and what else our events are made of.

A word that is missing is written as "…": a test holds that each word of the code's own sentences is here.
Among them are names that lists often have (`sales`, `night`): any other name of a list is nobody's to read.
"""

_WORDS = """
a aadsts abroad absence absences absent accept accepted access account accountkey acted action activitylimitreached ad
add address addresses admin administrator after again alg alive all allow allowed alone already always among an
ancestors and anew anonymous another answer answered answeredby answers answertoolarge any anyone anything anywhere api
apigcch apostrophe app appid application applicationinstance apr aps are argument around as ascii asked assertedidentity
assertion assign at au aud audience aug authenticationfailed authorization authorizationfailure
authorizationpermissionmismatch available away az azp azure azureadtokenexchange azureadtokenexchangeusgov
azurecommunicationservicesuser azurecredential back badrequest badstatusline base be bearer before begin beginning
begins behind belongs beside between beyond blank blocks body bool bot botframework both bound br break build busy but
by bytes ca cache call callbackuri callchainid called caller callers callid calling callroutes calls callstate came can
cannot canonical capitals card centres cert certificate ch chain change changed changes changetype channel characters
charset check china chunked chunks claim claimed claims cleanup client clinic clock closed closes cloud cnf code codes
colon column com come comes comma comment communications compliance computed condition conditional config conflict
connection connectionerror connector connecttimeout consent content context contributor control copy core correct could
count country counts cover covers create credential crit daily data date datetime dawn day days de dec decision declined
default delete deleted denied deployment depth description dev device dialled did differs digest digits direction
directory disabled disableforwarding displayname do doctor document dod does done dropped duplicate dusk duty e each
earlier emergency emptied empty enable enabled encoding encrypted end ended endpoint ends enterprise entityalreadyexists
entra entries entry environment eq error errorcode errors es etag event ever every exchange exclude exist exp expected
expired expires f fa failed fallback false feb federated finds finite firewall first fit fits flow follows for forbidden
forbids form format forms formula forwarded forwarding found fr frame framework framing from full function g gateway
gave gb ge generalexception genuine get give gives global goes gone granted graph gt guest guid had hand has have head
header health heartbeat helpdesk here hex holds holiday holidays hopeless host hostname hour hours html http https hung
hyphen id identities identity identityset ids if ignored in incoming incomingcontext incompleteread initiate innererror
inquiries inside instance instead int interaction internal internalservererror into invalid invalidauthenticationinfo
invalidurl invitationparticipantinfo invocation is ismultiparty iss issuer issuers it its itself json jul jun jwks kb
keepalive keepcnt keepidle keepintvl key keys kid kind known knows kty large last late later le leave leaves left legacy
length let letter letters level licences like line lines linetoolong linked list lists local localhost log logging login
long longer look lost lt machine made make makes malformed managed many mar masked match may mean means meant message
messages messaging metadata microsoft microsoftonline midnight minute minutes misconfigured mismatch missed missing mo
month months more morning most ms msal must my n name named names nbf nearly need needed needs neither net network never
new next night no nobody none nor nosniff not note notfound nothing notification nov november now number numbers o
object observedparticipantid oct odata of off office often ok on oncall once one only onpremises open openid
openidconfiguration opening operation operations operationtimedout options or order original other others our ours out
outcome outgoing outside over own page part participants partition partitionkey parts passed past path people permission
permit person ph phone pick picked place plain pm points policy post posts presentedmodalitytypes principal problem
problems progress protected protects proves proxy public published purpose put puts query question raise ran random rang
reach reached read reader reads readtimeout reason received reception recording redirect redirected redirecting
redirects referrer refetched refusal refused refusedrequest refuses region registered registration reject rejected
remove rename repair replace reqs request requests required resort resource resourcedata resourcenotfound resourceurl
restart resultinfo retention retired retry return ring ringing rings role roles roster rota round route routed
routedefaults routes routingpolicies routingtype row rowkey rows rs rsa rule rules run rung s sa said sales same saved
says scenario sched scheme school scope seconds secret security see self semicolon semicolons send sent sep server
serverbusy service servicenotavailable set setaffinity setting settings sh shared shift shifts short shortened show
shown shows sig sign signature signed signing since skipped skype slack so socket some somebody source span spans
spooluser spreadsheet src ssl sslerror stale stands start started starting state status stays step storage store str
stream string sts su subcode subject substitute such suddenly sun sunrise sunset support t table tablealreadyexists
tablenotfound tables take taken takes target targets tcp team teams tells temporarily ten tenant tenantid tenants
terminated text th than that the their them then there these this those threads three throttling tid tidy time timeout
times timestamp timezone to today token told tomorrow too took toomanyrequests total transfer transferor transferred
transport treated tried trigger true try tsv ttl tu turn turned turns twice two type unable unanswered unauthorized
unavailable unclear under understood unknown unknownerror unknownprotocol unknowntransferencoding unless unreachable
unreadable unrecorded unroutable unshown until up update uri url urllib urls us usable use used user usgov usgovdod utf
v valid value variables vary verify version vianet vip warm warning warnings was way we web webhook website week weekday
weekend well what when where which while who whoever whole whom whose why windows wins with withheld within without
words workflow workflows workload would write writes written wrong x year yes yet you z za zeros zone
"""
KNOWN_WORDS = frozenset(_WORDS.split())
