package atoll.manager;

import atoll.keys.Keyring;
import atoll.keys.PublicId;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Keys as people send them to each other.
 *
 * @param own the public halves of the user's own, by name
 * @param trusted those of hosts that are trusted, by name
 */
public record KeyList(Map<String, String> own, Map<String, String> trusted) {
  public KeyList {
    own = new LinkedHashMap<>(own);
    trusted = new LinkedHashMap<>(trusted);
  }

  static KeyList of(Keyring ring) {
    return new KeyList(texts(ring.own()), texts(ring.trusted()));
  }

  private static Map<String, String> texts(Map<String, PublicId> keys) {
    Map<String, String> texts = new LinkedHashMap<>();
    keys.forEach((name, key) -> texts.put(name, key.text()));
    return texts;
  }
}
