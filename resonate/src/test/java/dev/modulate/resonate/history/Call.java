package dev.modulate.resonate.history;

import dev.modulate.resonate.protocol.Request;

/**
 * What a client asks for.
 *
 * @param atMillis what the request says the time is; calls may say an earlier time than one before them did
 */
record Call(Request<?> request, long atMillis) {}
