package atoll.engine;

/** The board has no machine memory left for tables of a machine's translation. */
public final class TableMemoryException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** That many bytes are wanted. */
  public TableMemoryException(long bytes) {
    super(
        "the platform has no %d KiB of machine memory left for the hypervisor's tables"
            .formatted(bytes >> 10));
  }
}
