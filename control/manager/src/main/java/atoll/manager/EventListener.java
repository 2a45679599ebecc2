package atoll.manager;

/**
 * Is told what comes of an action, and of a system from its making to its end. Thread-safe: {@link
 * #accept} is called on the threads of VMs, each VM's events in their order.
 */
@FunctionalInterface
public interface EventListener {
  /**
   * Is not interested. A constant would be set when the JVM makes the first listener of a lambda,
   * which its cache of classes then does not keep: ADR 143.
   */
  static EventListener nobody() {
    return event -> {};
  }

  /**
   * Something has happened. Returns soon, since a VM waits for it, and performs no action that
   * waits for a VM, since what it is told of may hold one.
   */
  void accept(Event event);

  /** Tells this one, and then another. */
  default EventListener and(EventListener other) {
    return event -> {
      accept(event);
      other.accept(event);
    };
  }
}
