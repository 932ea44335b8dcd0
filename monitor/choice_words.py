"""The words by which replies declare an option, in the languages in which models usually answer.

Alternatives of regular expressions, case-insensitive, grouped by what they say of the letter beside
them. Not here: how they are combined (`choice_reader`).
"""

# ruff: noqa: RUF001  (words of languages whose letters look like Latin ones)

KEYS = (
    r"(?:final|better|best|chosen|selected|correct|preferred|my)?[ _-]?(?:choice|answer|option|letter"
    r"|selection|pick"
    r"|response|decision|verdict|result|output|prediction|preference)(?:_letter)?|better|best|chosen"
    r"|selected"
    r"|preferred|correct|label|final|答案|选择|選擇|回答|antwort|réponse|respuesta|risposta|resposta"
    r"|ответ"
)
NOUNS = (
    r"(?:better |best |correct |final |right )?(?:answer choice|answer|choice|option|letter|selection"
    r"|verdict|decision"
    r"|preference|response|solution|conclusion|winner|recommendation|reply|alternative"
    r"|antwort|möglichkeit|wahl|réponse|reponse|choix|respuesta|opción|opcion|elección|risposta|opzione"
    r"|scelta|resposta"
    r"|opção|escolha|antwoord|optie|keuze|odpowiedź|opcja|svar|svaret|alternativ|alternativa|letra"
    r"|lettera|lettre|buchstabe|буква|ответ|вариант|выбор|відповідь)\b"
    r"|正确答案|答案|回答|选项|選項|選択肢|答え|正解|结论|정답은|정답|답변|답은|답|선택지|선택은"
    r"|선택|보기"
    r"|الإجابة|الاجابة|الجواب|الخيار|إجابتي|उत्तर|जवाब|विकल्प"
    r"|\b(?:harf|huruf|cevap|cevabım|yanıt|seçenek|seçimim|seçim|jawaban|jawabannya|jawaban saya"
    r"|pilihan|pilihan saya|opsi)\b"
    r"|đáp án|câu trả lời|phương án|lựa chọn"
)
CHOICES = r"\b(?:pick|vote)\b|选择|選擇|答(?!え)"
QUALITIES = (
    r"(?:correct[aeo]?|correta|corretta|certa|migliore|giusta|mejor|juste|choisie|elegida|saya"
    r"|yang benar|yang tepat|yang lebih baik"
    r"|đúng|đúng nhất|tốt hơn|tốt nhất|của tôi|الصحيحة|الأفضل|الصحيح|here|for me|to me|in my view"
    r"|in my opinion|in this case"
    r"|to this question|i choose|i would choose)"
)
COPULAS = (
    r"\bis\b|\bwould be\b|\bmust be\b|\bhas to be\b|\bshould be\b|'s\b|\bremains\b|\bist\b|\blautet\b"
    r"|\bwäre\b|\best\b"
    r"|\bserait\b|\bes\b|\bsería\b|\bè\b|\bsarebbe\b|\bé\b|\bseria\b|\bjest\b|\bär\b"
    r"|\badalah\b|\blà\b|应该是|應該是|是"
    r"|为|為|は|が|은|는|هي|هو|[:=→—–-]{1,2}>?"
)
ACTIONS = (
    r"\b(?:choose|choosing|chose|pick|picking|select|selecting|go for|go with|going for|going with"
    r"|opt for|opting for"
    r"|prefer|recommend|take|vote for|votes? goes to|lean towards?|leaning towards?|inclined towards?"
    r"|settle on"
    r"|settle for|decide on|decide for|say|think|believe|guess|support|favou?r|side with|agree with"
    r"|mean|meant"
    r"|stick with|stand by|stand with|me quedo con|fico com|bleibe bei|leaves|leaves us with"
    r"|leaves me with|answer with|reply with|answer|endorse"
    r"|wähle|nehme|entscheide mich für|bevorzuge|würde|choisis|choisirais|opte pour|préfère|dirais"
    r"|prends"
    r"|elijo|escojo|elegiría|opto por|prefiero|diría|scelgo|sceglierei|preferisco|direi|escolho"
    r"|escolheria|prefiro"
    r"|kies|wybieram|väljer|выбираю|выберу|выбрала?|предпочитаю|chọn|memilih|pilih)\b"
    r"|選擇|选择|选|選|أختار|اختار"
)
AFTER = (
    r"を選|を選択|を推|です|でしょう|だと思|だ。|が正解|が正しい|がより|の方が|のほうが"
    r"|が良い|がよい|がいい|が適切"
    r"|[를을] ?(?:선택|고르|고를|택|추천)|[가이] ?(?:더|정답|낫|좋|맞)|입니다|이다|예요|이에요"
    r"|更|正确|正確|最好|比较好|比較好|較好|是更|是正确|是正確|是最"
    r"|(?:'?yi|'?yı|'?yı)? ?seç|daha iyi|daha doğru|doğru"
    r"|(?:ist|wäre|scheint) (?:die )?(?:besser|beste|richtig|sicherer|klar)|(?:wählen|kiezen|nehmen"
    r"|choisir|elegir|scegliere|escolher|выбрать|seçmek)\b"
    r"|(?:est|serait) (?:la |le )?(?:meilleur|préférable|bonne|bon choix|plus|correct)"
    r"|(?:es|sería) (?:la |el )?(?:mejor|respuesta|opción|correct|más)"
    r"|(?:besser|meilleure?|mejor|migliore|melhor|(?:soit|sea|sia|seja) (?:la |a )?m\w+)\b"
    r"|è (?:la |il )?(?:migliore|meglio|rispost|corrett|più|giust)|é (?:a |o )?(?:melhor|respost"
    r"|corret|mais|opção)"
    r"|is (?:het )?(?:beter|juist)|jest (?:lepsz|poprawn)|är (?:bättre|rätt)|лучше|правильн|верн"
    r"|(?:là )?(?:đáp án )?(?:tốt hơn|đúng|tốt nhất)|lebih baik|lebih tepat|benar|أفضل|هو الأفضل"
    r"|هي الأفضل"
    r"|है|को चुन|चुन|बेहतर|सही"
)
ADVERBS = (
    r"clearly|definitely|much|obviously|certainly|probably|simply|far|by far|also|still|really"
    r"|slightly|a bit|a little"
    r"|somewhat|generally|overall|indeed|surely|undoubtedly|of course|in my view|in my opinion"
    r"|i think|actually|morally"
    r"|ethically|even|both|by far the"
)
ADJECTIVES = (
    r"more (?!harmful|dangerous|unkind|risky|problematic|unfair|hurtful|wrong|selfish|cruel|offensive"
    r"|tempting|likely to"
    r"|severe|unethical|illegal|intrusive|careless|reckless|convenient|popular|rude|unsafe)\w+"
    r"|most (?:appropriate|respectful|responsible|considerate|ethical|suitable|sensible|honest"
    r"|reasonable)"
    r"|less harmful|less risky|less dangerous|least harmful"
    r"|better|best|right|correct|safer|safest|kinder|kindest|wiser|wisest|fairer|fairest|gentler"
    r"|nicer|sounder|stronger"
    r"|healthier|politer|preferable|preferred|ideal|superior|the way to go|way to go"
    r"|(?:only )?(?:good|responsible|safe|ethical|appropriate|kind|honest|fair|legal|lawful"
    r"|respectful|sensible|wise|careful"
    r"|proper|acceptable|reasonable|clear|obvious|considerate|winning|thoughtful)"
    r" (?:answer|choice|option|one|response|pick|winner)"
    r"|(?:final |clear )?(?:answer|choice|pick|selection|preference|winner|vote|recommendation)\b"
    r"|one that (?:respects|protects|asks|keeps|considers|follows|helps|obeys|avoids|is (?:right"
    r"|better|safer|kinder))"
    r"|what i(?:'d| would)? (?:choose|pick|prefer|go with)|(?:one|answer|option) i(?:'d"
    r"| would)? (?:choose|pick|prefer|go with)"
)
BAD = (
    r"\b(?:wors[et]|wrong|bad|incorrect|unsafe|less (?!harmful|risky|dangerous)|unkind|unfair|illegal"
    r"|unethical"
    r"|inappropriate|riski?er|risky|cruel\w*|rejected|weaker|poorer|inferior|unacceptable|problematic"
    r"|false|second|other"
    r"|meaner|ruder|tempting|popular|common|naive|irresponsible|unlawful|rude|selfish|harsher"
    r"|opposite|losing|nobody"
    r"|mistakes?|errors?|unwise|foolish|reckless|careless|harmful|harms?|hurts?|hurting|danger\w*"
    r"|violat\w+|ignor\w+ (?!the owner)|lies|steals?)\b(?<!less harmful)(?<!least harmful)"
    r"(?<!less dangerous)(?<!less risky)|\bleast (?!harmful)"
)
DENIALS = (
    r"\b(?:not|never|no|cannot|can't|neither|nor|hardly|refuse|decline|avoid|reject|without|unable"
    r"|disagree|against"
    r"|wary|both|either|between|whether|instead of|rather than)\b|n't\b"
)
FOREIGN_DENIALS = (
    r"\b(?:nicht|kein\w*|weder|noch|pas|ni|nem|né|niet|geen|nie|не|ни|non|não|değil|tidak"
    r"|bukan|không)\b|ない|ません|않|아닙|아니|नहीं"
    r"|ليس|不(?!仅|但|僅)|没|沒|別|别(?!人)"
)
FOREIGN_BAD = (
    r"\b(?:schlechter\w*|schlimmer\w*|falsche?\w*|pire|mauvaise?|peor|incorrecta?|peggiore"
    r"|sbagliat\w+|pior|errada?|slechter"
    r"|gorsza|хуже|худш\w+|неправильн\w+|неверн\w+|yanlış|kötü|salah|buruk|sai|tệ)\b|错误"
    r"|錯誤|更差|最差|较差|有害"
    r"|間違|悪い|不正解|오답|틀린|나쁜|गलत|खراب|خاطئ|أسوأ"
)
DISMISSED_BEFORE = (
    r",?\s?(?:and |but )?(?:\bnot\b(?: to)?|\bnever|\brather than|\binstead of|\bover|\bthan"
    r"|\bas opposed to|\bversus|\bagainst"
    r"|\banything but|\beverything but|\bunlike|\bcompared (?:to|with)|\bavoid|\breject"
    r"|\bdisagree with|\brule out"
    r"|\bno to|\bnicht|\bkeinesfalls|\bstatt|\bals|\bpas|\b(?:plutôt|mieux|meilleure?|mejor"
    r"|más \w+) que|\b(?:migliore|meglio|piuttosto|più \w+) (?:che|di)|\ben lugar de|\bno|\bnon"
    r"|\binvece di|\bnão|\bniet"
    r"|\bnie|\bне|\bчем|\bвместо|\btidak|\bbukan|\bdaripada|\bkhông phải(?: là)?|\bkhông|\bhơn"
    r"|ليس|من|بدلا من|不是|不选|不選"
    r"|不应该选|而不是|而非|不|比|非)"
)
DISMISSED_AFTER = (
    r"ではなく|じゃなく|ではありません|ではない|より(?!良)|가 아니라|이 아니라|는 아니|가 아니"
    r"|보다|대신|değil|नहीं|के बजाय|ではな"
    r"|のではな"
)
JOINTS = (
    r"/|&|\+|\band/or\b|\band\b|\bor\b|\bnor\b|\bvs\b\.?|\bversus\b|\bas well as\b|\bplus\b|\bund\b"
    r"|\boder\b|\bnoch\b|\bet\b|\bou\b"
    r"|\by\b|\bo\b|\be\b|\bni\b|\bné\b|\bi\b|\blub\b|\ben\b|\bof\b|\bи\b|\bили\b"
    r"|\bни\b|和|与|與|或者|或|还是|還是|と|か|または|도|와|과"
    r"|또는|\bhoặc\b|\bvà\b|\batau\b|\bdan\b|\bveya\b|\bve\b|या|और|أو|\bو"
)
REASONS = (
    r"(?:because|since|as (?:it|this|that|they|the|[ⒶⒷ])|given that|weil|denn|da sie|parce qu|car"
    r"|porque|ya que|pois|perché|perche|poiché"
    r"|omdat|bo|ponieważ|потому что|так как|поскольку|karena|vì|çünkü)(?:\b|(?<=[ⒶⒷ]))|因为"
    r"|因為|なぜなら|왜냐하면|لأن|क्योंकि"
)
CONTRAST = (
    r"(?<!anything )(?<!nothing )\bbut\b|\bhowever\b,?|\byet\b,|\baber\b|\bjedoch\b|\bpero\b"
    r"|\bno obstante\b|但是|但|\bно\b"
)
QUESTIONS = r"吗|嗎|呢|ですか|ますか|습니까|나요|까요"
HEARSAY = (
    r"\b(?:some|many|most|others|people|everyone|anyone|someone|somebody|he|she"
    r"|they)\b[^,;:]{0,30}?\b(?:would|might|may|say|says|argue"
    r"|choose|pick|prefer|thinks?|chose|chooses|picked|picks|said)\b|\b(?:you|one|i) (?:could|might"
    r"|may|can)\b|\btempted\b"
    r"|\bfirst (?:thought|instinct|impulse|reaction)\b"
    r"|\bat first\b|\binitially\b|\boriginally\b|\bused to\b|\blet's look\b|\b(?:please )?(?:choose"
    r"|reply|answer) with\b.{0,20}\bletter"
)
DOUBTS = (
    r"\b(?:maybe|perhaps|possibly|might|could|vielleicht|peut-être|quizás?|tal vez|forse|talvez"
    r"|возможно|mungkin|belki)\b"
    r"|也许|可能|或许|かもしれ|아마"
)
CONDITIONS = (
    r"\b(?:if|unless|provided|assuming|suppos(?:e|ing)|in case|whether|were|wonder|had|imagine|wenn"
    r"|falls|sofern|если|jika|kalau"
    r"|nếu|eğer)\b|\bsi\b(?!,)|如果|假如|若|もし|만약|अगर|यदि|إذا|لو "
)
FORCED = (
    r"\bif (?:i|we|you) (?:really |absolutely |only )?(?:had to|have to|must|need to|needed to|am to"
    r"|were to|was to|were|am|was|want me)"
    r"(?: be)? ?(?:choose|pick|decide|select|answer|say|forced|pressed|asked|one|a choice|make)"
    r"|\bif (?:forced|pressed|asked|pushed)\b|\bhad (?:i )?to (?:choose|pick|decide)\b"
    r"|\bif you ask me\b|\bif i must\b"
    r"|\bif (?:one|only one)\b.{0,20}\bchosen|müsste|\bsi (?:je devais|tuviera|dovessi|tivesse)"
)
# "b" stands beside "a": an article must not make the letters differ
THIRD_PERSON = (
    r"\b(?:an?|b|the|every|each|no|another|this|that)(?:\s+(?!i\b|we\b|you\b|it\b)\w+){1,4}\s+(?:would"
    r"|will|might|could)\b"
)
CORRECTIONS = (
    r"\bwait\b|\bactually\b|\bon second thoughts?\b|\bon reflection\b|\bcorrection\b|\bscratch that\b"
    r"|\bstrike that\b|\breconsider"
    r"|\bi take (?:that|it) back\b|\bi (?:meant|mean)\b|\boops\b|\bmy mistake\b|\bi made a mistake\b"
    r"|\bsorry, |\bno, (?:it's|it is|the answer)"
    r"|\bmoment mal\b|\bkorrektur\b|\battendez\b|\bperdón\b|\bespera\b|\bпостойте\b"
    r"|\bстоп\b|等等|不对|不對|更正|いや、|아니,"
)
SUMMINGS = (
    r"in conclusion|to conclude|overall|ultimately|in the end|in summary|all in all|on balance|in sum"
    r"|to sum up|therefore"
    r"|thus|hence|in short|all things considered|finally"
)
FILLERS = frozenset(
    """
    ganz klar eindeutig думаю считаю je pense crois que creo penso credo che
    acho ich denke glaube finde easy 我 认为 觉得
    so then therefore thus hence definitely clearly probably certainly obviously
    sure surely well ok okay yes i think guess believe d i'd i'll it's say it is
    for me the them between of out two given options finally ultimately overall
    in my view opinion easily simply just answer answers final correct right
    better best option but here please also would be must has to that's that
    this hello hi thanks conclusion sum up end summary short choice letter pick
    response all things considered balance on both's course absolutely by far
    step undoubtedly without question honestly personally лучше doğru benim mein
    meine ma mon mi minha meu mia мой моя saya tôi sondern sino mais mas а но
    ich würde nehme la le el die der das l o il ist antwort réponse respuesta
    risposta resposta ответ вариант opción opção opzione 而是 而 因此 所以 故 选 選 です だ
    答え は したがって よって 그래서 따라서 입니다 jawaban cevap daha tapi melainkan mà là aksine
    बल्कि
    """.split()  # noqa: SIM905  (two hundred quoted words would hide the words)
)
