// Programs in the midst of which machines are written out.
#pragma once

#include <string>
#include <vector>

namespace mica::tests {

using Texts = std::vector<std::string>;

// Messages, semaphores, periods, exceptions, sliced words, recursion, words whose depth is known only while they run,
// calls into another frame and by tokens: each of them in work at some slice boundary.
inline const Texts mixed_own = {
    "frame lib 1 exports scale exports digits\n"
    "array digits int16 { 3 1 4 1 5 9 2 6 }\n"
    ": scale ( n -- n ) 7 0 do dup 3 * swap 5 + swap 11 mod + 1000 mod loop ;\n"
    "begin 3 sleep again",
    "frame mixed 2 tasks 7 imports lib.scale imports lib.digits\n"
    "channel data 4 channel text 12 semaphore lock 1 var sum var rounds var v var w\n"
    "array in 40 array res 10 array weights int8 400 array message 5 array line 8\n"
    ": fib ( n -- n ) dup 2 < if else dup 1 - fib swap 2 - fib + endif ;\n"
    ": countdown ( n -- ) begin dup 0 > while 1 - repeat drop ;\n"
    ": odd-more ( n -- n n ) dup 1 and if dup 7 else dup >r drop r> dup endif dup 7 = if drop endif ;\n"
    ": add ( n -- ) sum @ + 9973 mod sum ! ;\n"
    ": risky ( n -- n ) v ! try v @ 4 mod 0 = if 7 throw endif v @ 4 mod 1 = if 1 v @ 1 - 4 mod / drop endif v @ "
    "scale\n"
    "  catch drop v @ endtry ;\n"
    ": deep ( n -- n ) w ! try try w @ risky 3 mod 0 = if 9 throw endif 5 fib w @ + catch drop 1 throw 0 endtry\n"
    "  catch drop w @ 2 + endtry ;\n"
    ": square dup * ;\n"
    ": producer 60 0 do i scale data send i 3 mod 0 = if yield endif loop ;\n"
    ": consumer 60 0 do data receive add lock acquire 40 countdown lock release loop ;\n"
    ": layers 6 0 do in weights res 0 vecfold 1 sleep in in in 0 vecadd res res $ square 0 vecmap loop ;\n"
    ": talker 8 0 do i 1 message write message text -1 sendn? drop loop ;\n"
    ": listener 8 0 do message text -1 receiven? drop 1 message read add loop ;\n"
    ": words ( n -- n ) drop $ square drop 5 $ square execute s\" tick tack\" line s! line s@ .s ;\n"
    ": beat rounds @ 1 + rounds ! 1 words drop ;\n"
    ": catcher 20 0 do i deep add i odd-more add drop loop 8 fib add ;\n"
    "40 0 do i 5 * i in write loop 400 0 do i i weights write loop\n"
    "$ producer 0 start $ consumer 1 start $ layers 0 start drop drop drop\n"
    "$ talker 2 start $ listener 0 start $ beat 3 5 0 every drop drop drop catcher\n"
    "lock acquire 300 countdown lock release 2 9 rounds 60000 await? . 17 fib . sum @ . rounds @ . .\" done\" cr",
};

// Tasks that trap, are told of and begin anew.
inline const Texts faults_own = {
    ": told ( n n -- ) . . ; $ told on-trap\n"
    ": bad 1 . 30 0 do i 20 > if 1 0 / drop endif loop ;\n"
    ": worse try 5 0 / drop catch . endtry 3 0 do loop 7 throw ;\n"
    "$ bad 1 start 5 2 supervise $ worse 2 9 4 every 3 1 supervise\n"
    "80 0 do 60 0 do i drop loop 3 sleep i . loop"};

// Depths that nobody knows before, and loops that change them.
inline const Texts mixed_rexa = {
    "array in { 1 2 3 4 } array res 4 array line 8\n: twice 2 * ;\n"
    "begin in res $ twice 0 vecmap in res in 0 vecadd s\" some text\" line s! line s@ .s 1 sleep again",
    ": grow 0 do i loop ;\n: shrink 0 do drop loop ;\n: fib dup 1 > if dup 1 - fib swap 2 - fib + endif ;\n"
    ": odd dup 1 and if dup dup else dup endif ;\n: tens 10 0 do i i >f f> + drop loop ;\n"
    "12 grow 7 shrink 9 fib . odd . . 6 0 do i odd drop loop .\" text\" tens 3 begin 1 - dup 0 = until . fib . . . cr\n"
    "30 0 do 20 0 do i grow i shrink loop 9 fib drop 3 odd drop drop drop loop 10 fib . cr\n"
    "25 0 do i begin dup 0 > while 1 - dup 3 > if dup endif repeat . loop cr",
};

// A short program, which is forged in the midst of all that it does.
struct Situation {
  const char* profile;
  const char* program;
};

inline const Situation situations[] = {
    {"node32", "channel c 120 array a 120 : w a c -1 sendn? drop ; $ w 0 start 40 0 do i drop loop kill"},
    {"node32",
     "var v : deep ( n -- n ) v ! 7 >r try 3 >r try 5 >r 1 0 / r> drop catch . 2 endtry r> drop catch . 4 endtry r> + "
     ";\n"
     ": w ( n -- ) deep . 7 >r try 90 0 do i drop loop catch . endtry r> drop ; 1 2 3 w"},
    {"node32", "var v : w 100 0 do i v ! 3 sleep loop ; $ w 2 5 4 every drop 40 0 v await 7 ."},
    {"node32",
     "channel c 2 : w c receive drop ; $ w 0 start $ w 0 start drop drop 1 sleep 5 0 do i drop loop 1 c send"},
    {"node32",
     ": odd ( n -- n n ) dup 1 and if dup 7 else 9 0 do i drop loop dup endif dup 7 = if drop endif ; : w ( n -- n ) "
     "odd + ; 4 w . 5 w ."},
    {"own16",
     ": odd ( n -- n n ) dup 1 and if dup 7 else dup endif dup 7 = if drop endif ; 9 0 do i drop loop 4 odd . . 5 odd "
     ". ."},
    {"node32", "array l 19 s\" a text of more than four cells, and more than eight\" l s! 1 2 l s@ .s"},
    {"own16", "array l 30 s\" a text of more than four cells, and more than eight\" l s! 1 2 l s@ .s"},
    {"rexa16", "array l 30 s\" a text of more than four cells, and more than eight\" l s! 1 2 l s@ .s"},
    {"node32", "array a { 1 2 3 4 5 6 7 8 9 } array k { 1 2 3 4 } array o 16 a k o 0 3 2 1 1 vecconv o vecprint"},
    {"node32",
     "array a { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 } array o 32 a o 2 vecreshape array q 8 a q -2 vecreshape"},
    {"node32", "array a { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 } a 0 0 4 vecreduce . . a 0 0 300 lowp a vecprint"},
    {"node32", ": t ( n n -- ) . . ; $ t on-trap : w 1 0 / drop ; $ w 0 start 5 3 supervise 9 sleep"},
    {"node32", "semaphore s 1 : w s acquire s release ; $ w 0 start s acquire 20 0 do i drop loop s release"},
    {"rexa16",
     ": down dup 0 > if dup 1 - down endif ; : g 0 do i down loop ; 9 g 9 0 do drop i i loop begin drop dup 0 = until "
     ". .s"},
};

}  // namespace mica::tests
