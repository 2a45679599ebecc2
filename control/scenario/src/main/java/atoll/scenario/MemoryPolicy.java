package atoll.scenario;

/** How a virtual machine gets its machine memory. */
public enum MemoryPolicy {
  /** All of it at its start, in one piece. */
  CONTIGUOUS,

  /** Page by page, when each is first touched; a balloon gives pages back. */
  PAGED
}
