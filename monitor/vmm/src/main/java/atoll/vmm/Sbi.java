package atoll.vmm;

import atoll.state.Unsaved;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * The supervisor binary interface, version 2.0: finds the extension that a call is for, lets it
 * serve, and counts.
 */
final class Sbi {
  /** For {@code spec_version}: 2.0. */
  static final long VERSION = 2L << 24;

  @Unsaved("as it was made")
  private final SbiExtension[] extensions;

  @Unsaved("for statistics")
  private final LongAdder[] counts;

  @Unsaved("for statistics")
  private final LongAdder unknown = new LongAdder();

  /** Serves {@code extensions}, asked in this order. */
  Sbi(List<SbiExtension> extensions) {
    this.extensions = extensions.toArray(SbiExtension[]::new);
    counts = new LongAdder[this.extensions.length];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  /** Serves one call, on the thread of the calling hart. */
  void serve(SbiCall call) {
    int id = call.extension();
    for (int i = 0; i < extensions.length; i++) {
      if (extensions[i].covers(id)) {
        counts[i].increment();
        call.reply(extensions[i].call(call));
        return;
      }
    }
    unknown.increment();
    call.reply(SbiReply.error(SbiError.NOT_SUPPORTED));
  }

  /** What an extension is called. */
  String name(int id) {
    for (SbiExtension extension : extensions) {
      if (extension.covers(id)) {
        return extension.name();
      }
    }
    return "extension 0x%x".formatted(id);
  }

  /** Calls by extension, those to none as {@code unknown}; extensions never called are left out. */
  Map<String, Long> statistics() {
    Map<String, Long> all = new LinkedHashMap<>();
    for (int i = 0; i < extensions.length; i++) {
      put(all, extensions[i].name(), counts[i].sum());
    }
    put(all, "unknown", unknown.sum());
    return all;
  }

  private static void put(Map<String, Long> all, String name, long count) {
    if (count > 0) {
      all.put(name, count);
    }
  }
}
