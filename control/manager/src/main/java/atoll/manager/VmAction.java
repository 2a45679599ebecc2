package atoll.manager;

/**
 * Everything that the manager can be asked to do: its whole interface towards command lines,
 * servers and programs, which parse into one of these and show the result. Actions and results are
 * values. What happens meanwhile and afterwards is told as {@link Event}s.
 *
 * <p>A VM is named as its scenario names it. A manager has one system at a time: the one that a
 * {@link SystemAction.MakeSystem} has made last.
 *
 * @param <R> what comes of it
 */
public sealed interface VmAction<R>
    permits PlanAction,
        SystemAction,
        SnapshotAction,
        LifeAction,
        BoardAction,
        DebugAction,
        DiskAction,
        ImageAction,
        MigrationAction,
        KeyAction,
        TrustAction {}
