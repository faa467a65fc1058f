/** Promises kept by a server behind a URL, ours or any other that speaks the protocol. */
@NullMarked
package dev.modulate.resonate.client;

import org.jspecify.annotations.NullMarked;
