/** The router: knows nodes and their load, decides which one runs a call, and keeps calls until one does. */
@NullMarked
package dev.modulate.router;

import org.jspecify.annotations.NullMarked;
