/** Who may do what: tokens, their keys, and the rule of prefixes. */
@NullMarked
package dev.modulate.resonate.server.auth;

import org.jspecify.annotations.NullMarked;
