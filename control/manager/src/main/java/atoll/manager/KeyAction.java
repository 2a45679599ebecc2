package atoll.manager;

import java.util.Objects;

/**
 * What is done with the keys that hosts know one another by.
 *
 * @param <R> what comes of it
 */
public sealed interface KeyAction<R> extends VmAction<R> {
  /**
   * Makes a key of the user's own.
   *
   * @return its public half, as {@link atoll.keys.PublicId} writes it
   */
  record MakeKey(String name) implements KeyAction<String> {
    public MakeKey {
      Objects.requireNonNull(name, "name");
    }
  }

  /** The public half of a key of the user's own. */
  record ShowKey(String name) implements KeyAction<String> {
    public ShowKey {
      Objects.requireNonNull(name, "name");
    }
  }

  /** The user's own keys, and the hosts that are trusted. */
  record ListKeys() implements KeyAction<KeyList> {}

  /** Trusts the host that has a key, by a name of the user's. */
  record TrustHost(String name, String key) implements KeyAction<Void> {
    public TrustHost {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(key, "key");
    }
  }

  /** Trusts a host no longer. */
  record ForgetHost(String name) implements KeyAction<Void> {
    public ForgetHost {
      Objects.requireNonNull(name, "name");
    }
  }
}
