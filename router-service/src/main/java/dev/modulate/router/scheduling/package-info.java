/**
 * When and where a call starts: it waits here, in a queue of its function, until a node can start it. A scheduler hears
 * what happens and says what to do next; it has no clock, starts nothing and sends nothing. The router's loop and the
 * simulator drive the same classes.
 */
@NullMarked
package dev.modulate.router.scheduling;

import org.jspecify.annotations.NullMarked;
