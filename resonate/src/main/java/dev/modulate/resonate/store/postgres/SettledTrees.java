package dev.modulate.resonate.store.postgres;

import dev.modulate.resonate.store.PromiseStore.Sweep;
import dev.modulate.resonate.store.PromiseStore.Tree;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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

    private static final String MEMBERS = """
            select tree, array_agg(id order by id) from (
              select tree, id from resonate_promise where id = any(?) and tree = id
              union all
              select tree, id from resonate_promise where tree = any(?) and tree <> id) as member
            group by tree having bool_and(
              coalesce((select settled_at from resonate_settled where id = member.id) < ?, false))
            """;

    private SettledTrees() {}

    static Sweep sweep(Connection connection, @Nullable String after, long beforeMillis, int recordsMax)
            throws SQLException {
        var leading = new ArrayList<String>();
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
                        leading.add(rows.getString(2));
                    }
                }
            }
        }
        var trees = leading.isEmpty() ? List.<Tree>of() : trees(connection, leading, beforeMillis);
        return new Sweep(trees, read < recordsMax ? null : last);
    }

    private static List<Tree> trees(Connection connection, List<String> ids, long beforeMillis) throws SQLException {
        var trees = new ArrayList<Tree>();
        try (var select = connection.prepareStatement(MEMBERS)) {
            var array = connection.createArrayOf("text", ids.toArray(String[]::new));
            select.setArray(1, array);
            select.setArray(2, array);
            select.setLong(3, beforeMillis);
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    String[] members = (String[]) rows.getArray(2).getArray();
                    trees.add(new Tree(rows.getString(1), List.of(members)));
                }
            }
        }
        return trees;
    }
}
