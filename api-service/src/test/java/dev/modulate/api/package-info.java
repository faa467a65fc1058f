/** The API against routers, a registry and a Resonate server written for these tests. */
@NullMarked
package dev.modulate.api;

import org.jspecify.annotations.NullMarked;
