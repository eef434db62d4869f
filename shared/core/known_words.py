"""The words that may stand in a log line: those of our own sentences, and what else our events are made of.

A word that is missing is written as "…": a test holds that each word of the code's own texts is here.
"""

_WORDS = """
a aadsts abroad accept accepted access account acted action activitylimitreached ad address addresses admin
administrator after again alg alive all allow allowed alone already always among an ancestors and anew anonymous
another answer answered answeredby answers any anywhere api apigcch app appid application applicationinstance apr
aps are argument around as ascii assertedidentity assertion assign at au aud audience aug authorization away az
azure azureadtokenexchange azureadtokenexchangeusgov azurecommunicationservicesuser azurecredential back badrequest
base be bearer before begin beginning begins behind belongs between beyond blank blocks body bool bot botframework
both br build busy but by bytes ca cache call callbackuri callchainid called caller callers callid calling
callroutes calls callstate came can cannot canonical card cert certificate ch chain change changed changes
changetype channel characters charset check china chunked claim claimed claims cleanup client clock closed closes
cloud code codes column com come comes comma communications compliance computed condition conditional config
conflict connection consent content context contributor control correct could count country counts create credential
crit data date datetime dawn day days de dec decision declined default delete deleted denied depth description dev
device dialled did differs digits direction directory disabled disableforwarding displayname do doctor document dod
does done duplicate dusk duty e each earlier emergency emptied empty enable enabled encoding encrypted end ended
endpoint ends enterprise entra entries entry environment eq error errorcode errors es etag event ever every exclude
exist exp expected expired expires f fa failed fallback false feb federated finds finite firewall first fit flow
follows for forbidden forbids format forwarded forwarding found fr frame from full function g gateway gave gb ge
generalexception genuine get give gives global goes gone granted graph gt guest guid had hand has have header health
heartbeat helpdesk here hex holds holiday holidays hopeless host hostname hour hours html http https hung id
identities identity identityset ids if ignored in incoming incomingcontext initiate innererror inquiries inside
instead int interaction internal internalservererror into invalid invitationparticipantinfo invocation is
ismultiparty iss issuer issuers it its itself json jul jun jwks kb keepalive keepcnt keepidle keepintvl key keys kid
kind known knows kty large last late later le leave left legacy length let letters level licences like line lines
linked list local localhost log logging login long longer look machine make makes malformed managed many mar masked
match may mean means meant message messages metadata microsoft microsoftonline midnight minute minutes misconfigured
mismatch missed missing mo month more morning most msal must my n name names nbf need needs neither net network
never new next night no nobody none nor nosniff not note notfound nothing notification nov now number numbers o
object observedparticipantid oct odata of off office often ok on oncall once one only onpremises open openid
openidconfiguration opening operation operations options or order original other others our ours out outcome
outgoing outside over own part participants partitionkey parts passed past path permission permit ph phone pick
picked place plain pm policy post presentedmodalitytypes principal problem problems proves proxy public published
query question raise ran random reach read reader reads reason received reception recording redirect redirected
redirecting redirects referrer refetched refusal refused refusedrequest refuses region registered registration
reject rejected remove rename repair replace reqs request requests required resource resourcedata resourceurl
restart resultinfo retention retry ring ringing rings role roles roster round route routed routedefaults routes
routingpolicies routingtype row rowkey rows rs rsa rule rules run rung s sa said sales same says scenario scheme
school scope seconds secret security see self semicolon sep server service servicenotavailable set setting settings
sh shared short show shown sig sign signature signed signing since skipped skype so socket some somebody source
spooluser src ssl stale stands start starting state status stays step storage store str stream string sts su subcode
subject such suddenly sun sunrise sunset support t table tablenotfound tables taken takes target targets tcp team
teams tells temporarily ten tenant tenantid tenants terminated text th than that the them then there this those
threads three throttling tid tidy time timeout times timestamp timezone to token too took toomanyrequests total
transfer transferor transferred transport treated tried true try tsv ttl tu turn turned turns twice two type unable
unanswered unauthorized unavailable unclear under understood unknown unknownerror unreachable unreadable unrecorded
unroutable unshown until up update uri url urllib urls us usable use used user usgov usgovdod utf v valid value
variables vary verify version vianet vip warm warning warnings was way we web webhook website week weekday weekend
well what when where which while who whole whose why windows wins with within without workload would write written
wrong x year yes yet you z za zeros zone
"""
KNOWN_WORDS = frozenset(_WORDS.split())
