/** What a function may say of itself, which version a caller means, and what a change does. Pure. */
@NullMarked
package dev.modulate.registry.catalog;

import org.jspecify.annotations.NullMarked;
