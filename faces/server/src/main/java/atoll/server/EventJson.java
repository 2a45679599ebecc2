package atoll.server;

import atoll.manager.Event;
import atoll.scenario.ConsoleKind;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Events as lines of JSON, for one client. One thread uses it. */
final class EventJson {
  private static final Pattern WORD = Pattern.compile("(?<=[a-z])(?=[A-Z])");

  /** By class, since a VM's thread asks for it. */
  private static final ClassValue<String> NAMES =
      new ClassValue<>() {
        @Override
        protected String computeValue(Class<?> type) {
          return word(type);
        }
      };

  /** The text of what each console prints. */
  private final Map<String, Utf8Stream> texts = new HashMap<>();

  /** How an event is called: LifeBegan is {@code life-began}. */
  static String name(Event event) {
    return NAMES.get(event.getClass());
  }

  /** A class's own name as a word. */
  static String word(Class<?> type) {
    return WORD.matcher(type.getSimpleName()).replaceAll("-").toLowerCase(Locale.ROOT);
  }

  /** What all events are called. */
  static Set<String> names() {
    Set<String> names = new TreeSet<>();
    collect(Event.class, names);
    return names;
  }

  private static void collect(Class<?> type, Set<String> names) {
    if (type.isSealed()) {
      for (Class<?> kind : type.getPermittedSubclasses()) {
        collect(kind, names);
      }
    } else {
      names.add(word(type));
    }
  }

  /** What is in a mailbox. */
  JsonText.Writing of(Mailbox.Letter letter) {
    return json -> {
      json.writeStartObject();
      if (letter instanceof Mailbox.Told(Event event, long nanos)) {
        json.writeStringField("event", name(event));
        json.writeNumberField("nanos", nanos);
        write(event, json);
      } else if (letter instanceof Mailbox.Lost lost) {
        json.writeStringField("event", "lost");
        RecordJson.writeFields(lost, json);
      }
      json.writeEndObject();
    };
  }

  /** What is printed is text here: whole characters, though the bytes are cut anywhere. */
  private void write(Event event, JsonGenerator json) throws IOException {
    if (event instanceof Event.Printed printed) {
      json.writeStringField("vm", printed.vm());
      RecordJson.writeField("device", printed.device(), json);
      json.writeStringField(
          "text", text(printed.vm(), printed.device()).text(printed.bytes().toArray()));
    } else {
      RecordJson.writeFields((Record) event, json);
    }
  }

  private Utf8Stream text(String vm, ConsoleKind device) {
    return texts.computeIfAbsent(vm + "/" + device, none -> new Utf8Stream());
  }
}
