package dev.modulate.router.scheduling;

import java.util.ArrayList;
import java.util.List;

/** A list without an order: who sits in it knows its seat, so that coming and going cost the same however many there are. */
final class Bag<E> {
    private final List<Seat<E>> seats = new ArrayList<>();

    /** One element's place in one bag. */
    static final class Seat<E> {
        final E element;
        private int position = -1;

        Seat(E element) {
            this.element = element;
        }

        boolean taken() {
            return position >= 0;
        }
    }

    int size() {
        return seats.size();
    }

    E get(int index) {
        return seats.get(index).element;
    }

    void seat(Seat<E> seat, boolean wanted) {
        if (wanted == seat.taken()) {
            return;
        }
        if (wanted) {
            seat.position = seats.size();
            seats.add(seat);
            return;
        }
        var last = seats.removeLast();
        if (last != seat) {
            seats.set(seat.position, last);
            last.position = seat.position;
        }
        seat.position = -1;
    }
}
