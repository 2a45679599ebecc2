package atoll.keys;

import java.util.Locale;

/**
 * What somebody's signatures count for. Each has a list of its own: whoever vouches for what runs
 * on a host says nothing about what may be started.
 */
public enum SignerRole {
  /** Systems and their files. */
  SIGNER("signers", "Whose signatures of systems and images count here."),
  /** Logs of what was started: {@code atoll attest}. */
  ATTESTER("attesters", "Whose signatures of logs count here, of what their hosts have started.");

  private final String file;
  private final String title;

  SignerRole(String file, String title) {
    this.file = file;
    this.title = title;
  }

  String file() {
    return file;
  }

  String title() {
    return title;
  }

  /** In a message, and as the option of {@code atoll keys}. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
