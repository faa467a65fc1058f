package dev.modulate.resonate.history;

/** What a history is recorded of. Called by many threads; answers on the caller's. */
interface Subject {
    Outcome call(Call call);
}
