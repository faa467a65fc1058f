/** Where promises are kept: the port and its adapters. */
@NullMarked
package dev.modulate.resonate.store;

import org.jspecify.annotations.NullMarked;
