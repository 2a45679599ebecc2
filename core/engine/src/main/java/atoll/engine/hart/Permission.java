package atoll.engine.hart;

/** Whether the mode that a hart is in may do something, and which exception it takes if not. */
public enum Permission {
  ALLOWED,

  /** It is an illegal instruction. */
  ILLEGAL,

  /** A guest wants what its hypervisor may do: a virtual instruction (priv §18.6.1). */
  VIRTUAL
}
