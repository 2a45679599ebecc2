package atoll.manager;

import atoll.keys.Keyring;
import atoll.keys.PublicId;

/** Performs {@link KeyAction}s. */
final class KeyDesk implements Desk<KeyAction<?>> {
  private final Stores stores;

  KeyDesk(Stores stores) {
    this.stores = stores;
  }

  @Override
  public Object perform(KeyAction<?> action, EventListener listener) {
    Keyring keyring = stores.keyring();
    return switch (action) {
      case KeyAction.MakeKey(String name) -> keyring.make(name).text();
      case KeyAction.ShowKey(String name) -> keyring.show(name).text();
      case KeyAction.ListKeys() -> KeyList.of(keyring);
      case KeyAction.TrustHost(String name, String key) ->
          Desk.done(() -> keyring.trust(name, new PublicId(key)));
      case KeyAction.ForgetHost(String name) -> Desk.done(() -> keyring.forget(name));
    };
  }
}
