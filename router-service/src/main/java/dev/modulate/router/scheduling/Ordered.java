package dev.modulate.router.scheduling;

import org.jspecify.annotations.Nullable;

/** The start that was ordered last, until it is known whether the node has it: nothing follows from it before. */
final class Ordered {
    private @Nullable Start start;

    Order.Dispatch order(Start next) {
        start = next;
        return new Order.Dispatch(
                next.entry().call,
                next.site().view(),
                next.devices(),
                next.warmth(),
                next.room().victims());
    }

    /** @throws IllegalStateException when that is not what was ordered last, or its call waits no more */
    Start placed(Order.Dispatch order) {
        var last = start;
        start = null;
        if (last == null || !last.isFor(order.call()) || !last.entry().inLine) {
            throw new IllegalStateException("call " + order.call().id() + " is not the one that was ordered last");
        }
        return last;
    }
}
