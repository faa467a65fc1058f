package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.store.PromiseStore;
import dev.modulate.resonate.store.PromiseStore.Sweep;
import dev.modulate.resonate.store.PromiseStore.Tree;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds trees that nothing has happened to for long. */
final class SettledTrees {
    /** The next records in id order, and which of them lead a tree: its root, or its first member without a root. */
    private static final String PAGE = """
            select p.id, p.tree,
              (select settled_at from resonate_settled where id = p.id) < ?
              and (p.id = p.tree or not exists (
                select from resonate_promise r where r.id = p.tree and r.tree = p.tree) and not exists (
                select from resonate_promise c where c.tree = p.tree and c.tree <> c.id and c.id < p.id))
            from resonate_promise p where p.id > ? order by p.id limit ?
            """;

    private static final String ALL = """
            (select tree, id from resonate_promise where id = any(?) and tree = id
              union all
              select tree, id from resonate_promise where tree = any(?) and tree <> id) as member
            """;

    /** How many members those trees have that may go. */
    private static final String COUNTS = "select tree, count(*) from " + ALL + """
            group by tree having bool_and(
              coalesce((select settled_at from resonate_settled where id = member.id) < ?, false))
            """;

    private static final String MEMBERS = "select tree, array_agg(id order by id) from " + ALL + "group by tree";

    /** In no order: what was removed is not there any more. */
    private static final String SOME = "select id from " + ALL + "limit " + (PromiseStore.MEMBERS_MAX + 1);

    private SettledTrees() {}

    static Sweep sweep(Connection connection, @Nullable String after, long beforeMillis, int recordsMax)
            throws SQLException {
        var leading = new LinkedHashMap<String, String>();
        String last = null;
        int read = 0;
        try (var select = connection.prepareStatement(PAGE)) {
            select.setLong(1, beforeMillis);
            select.setString(2, after == null ? "" : after);
            select.setInt(3, recordsMax);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    last = rows.getString(1);
                    read++;
                    if (rows.getBoolean(3)) {
                        leading.put(last, rows.getString(2));
                    }
                }
            }
        }
        var trees = new ArrayList<Tree>();
        String enough = leading.isEmpty() ? null : trees(connection, leading, beforeMillis, trees);
        return new Sweep(trees, enough != null ? enough : read < recordsMax ? null : last);
    }

    /**
     * Adds the trees that may go.
     *
     * @param leading those that lead one, and its name, in the order of their ids
     * @return the last one that was looked at, when the members are enough; else null
     */
    private static @Nullable String trees(
            Connection connection, Map<String, String> leading, long beforeMillis, List<Tree> trees)
            throws SQLException {
        var counts = counts(connection, leading.values(), beforeMillis);
        var small = new ArrayList<String>();
        String enough = null;
        long members = 0;
        for (var next : leading.entrySet()) {
            long count = counts.getOrDefault(next.getValue(), 0L);
            if (count > PromiseStore.MEMBERS_MAX) {
                trees.add(some(connection, next.getValue()));
            } else if (count > 0) {
                small.add(next.getValue());
            }
            members += count;
            if (members >= PromiseStore.MEMBERS_MAX) {
                enough = next.getKey();
                break;
            }
        }
        small(connection, small, trees);
        return enough;
    }

    private static Map<String, Long> counts(Connection connection, Collection<String> names, long beforeMillis)
            throws SQLException {
        var counts = new HashMap<String, Long>();
        try (var select = connection.prepareStatement(COUNTS)) {
            names(connection, select, names);
            select.setLong(3, beforeMillis);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    counts.put(rows.getString(1), rows.getLong(2));
                }
            }
        }
        return counts;
    }

    private static void small(Connection connection, List<String> names, List<Tree> trees) throws SQLException {
        if (names.isEmpty()) {
            return;
        }
        try (var select = connection.prepareStatement(MEMBERS)) {
            names(connection, select, names);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    String[] members = (String[]) rows.getArray(2).getArray();
                    trees.add(new Tree(rows.getString(1), List.of(members)));
                }
            }
        }
    }

    /** Some members of a tree. */
    static Tree some(Connection connection, String name) throws SQLException {
        var members = new ArrayList<String>();
        try (var select = connection.prepareStatement(SOME)) {
            names(connection, select, List.of(name));
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    members.add(rows.getString(1));
                }
            }
        }
        boolean more = members.size() > PromiseStore.MEMBERS_MAX;
        return new Tree(name, List.copyOf(more ? members.subList(0, PromiseStore.MEMBERS_MAX) : members), more);
    }

    private static void names(Connection connection, PreparedStatement select, Collection<String> names)
            throws SQLException {
        var array = connection.createArrayOf("text", names.toArray(String[]::new));
        select.setArray(1, array);
        select.setArray(2, array);
    }
}
