package atoll.server;

import atoll.image.Words;
import atoll.manager.Bytes;
import atoll.report.OutcomeText;
import atoll.vmm.Outcome;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Values as JSON, records by their components' names: so what a new event or result has is there
 * without a word of its own here. A time is in nanoseconds, and its name says so; what is not there
 * is left out.
 */
final class RecordJson {
  private RecordJson() {}

  /** A value. */
  static void write(Object value, JsonGenerator json) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case Number number -> write(number, json);
      case Boolean flag -> json.writeBoolean(flag);
      case Enum<?> constant -> json.writeString(Words.of(constant));
      case Map<?, ?> map -> write(map, json);
      case Collection<?> elements -> write(elements, json);
      case Outcome outcome -> write(outcome, json);
      case Outcome.HartReport hart -> write(hart, json);
      case Record fields -> {
        json.writeStartObject();
        writeFields(fields, json);
        json.writeEndObject();
      }
      case Bytes bytes -> json.writeBinary(bytes.toArray());
      default -> json.writeString(value.toString());
    }
  }

  private static void write(Number number, JsonGenerator json) throws IOException {
    if (number instanceof Double || number instanceof Float) {
      json.writeNumber(number.doubleValue());
    } else {
      json.writeNumber(number.longValue());
    }
  }

  private static void write(Map<?, ?> map, JsonGenerator json) throws IOException {
    json.writeStartObject();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      json.writeFieldName(entry.getKey().toString());
      write(entry.getValue(), json);
    }
    json.writeEndObject();
  }

  private static void write(Collection<?> elements, JsonGenerator json) throws IOException {
    json.writeStartArray();
    for (Object element : elements) {
      write(element, json);
    }
    json.writeEndArray();
  }

  /** How a life ended: in one word, in a sentence, and with what that kind of end has. */
  private static void write(Outcome outcome, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("kind", EventJson.word(outcome.getClass()));
    json.writeStringField("text", OutcomeText.of(outcome));
    writeFields((Record) outcome, json);
    json.writeEndObject();
  }

  /** Registers have more bits than numbers of JSON are sure to keep. */
  private static void write(Outcome.HartReport hart, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("hart", hart.hart());
    json.writeObjectFieldStart("registers");
    for (Map.Entry<String, Long> register : hart.registers().entrySet()) {
      json.writeStringField(register.getKey(), "0x%016x".formatted(register.getValue()));
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  /** The components of a record, as fields of an object that has been begun. */
  static void writeFields(Record fields, JsonGenerator json) throws IOException {
    for (RecordComponent component : fields.getClass().getRecordComponents()) {
      writeField(component.getName(), get(fields, component), json);
    }
  }

  /** A field with a value; none if it is not there. */
  static void writeField(String name, Object value, JsonGenerator json) throws IOException {
    switch (value) {
      case Optional<?> may -> {
        if (may.isPresent()) {
          writeField(name, may.get(), json);
        }
      }
      case OptionalInt may -> {
        if (may.isPresent()) {
          json.writeNumberField(name, may.getAsInt());
        }
      }
      case Duration time -> json.writeNumberField(name + "Nanos", time.toNanos());
      default -> {
        json.writeFieldName(name);
        write(value, json);
      }
    }
  }

  private static Object get(Record of, RecordComponent component) {
    try {
      return component.getAccessor().invoke(of);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(of.getClass() + " has a component that cannot be read", e);
    }
  }
}
