package atoll.tests;

import atoll.state.Unsaved;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeElement;
import java.lang.classfile.FieldModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.attribute.RuntimeInvisibleAnnotationsAttribute;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which fields of a set of classes can change, are reachable from some of them, and are neither
 * read where a state is taken nor marked {@link Unsaved}. Over the compiled classes.
 */
final class StateCoverage {
  private static final String UNSAVED = "L" + Unsaved.class.getName().replace('.', '/') + ";";

  /** Methods by which a state is taken, besides those that return a record and are named so. */
  private static final Set<String> TAKING = Set.of("state", "saved");

  /** Methods that finish what waits before a state is taken: what they read is not taken. */
  private static final Set<String> SETTLING = Set.of("settle", "finish");

  /** What is final and changes all the same. */
  private static final Pattern CONTAINER =
      Pattern.compile(
          "\\[.*|Ljava/util/(concurrent/)?(atomic/)?"
              + "(.*(Map|List|Set|Queue|Deque)|Atomic.*|LongAdder|BitSet);"
              + "|Ljava/nio/ByteBuffer;|Ljava/lang/foreign/MemorySegment;|Latoll/host/HostMemory;");

  private static final Pattern OURS = Pattern.compile("L(atoll/[\\w/$]+)[;<]");

  private final Map<String, ClassModel> classes = new HashMap<>();
  private final Map<String, Set<String>> subtypes = new HashMap<>();
  private final Set<String> readers;

  /**
   * For some classes.
   *
   * @param readers names of classes, without packages, that read fields by functions in a table,
   *     which no call shows: what all their methods read counts, and what those read that they call
   *     directly
   */
  StateCoverage(Stream<ClassModel> all, Set<String> readers) {
    all.forEach(c -> classes.put(c.thisClass().asInternalName(), c));
    this.readers = readers;
    classes.forEach((name, c) ->
        Stream.concat(c.superclass().stream(), c.interfaces().stream())
            .forEach(up ->
                subtypes.computeIfAbsent(up.asInternalName(), n -> new HashSet<>()).add(name)));
  }

  /** The fields that are forgotten, as {@code Class.field}. */
  Set<String> forgotten(String... roots) {
    Set<String> read = fieldsRead();
    Set<String> forgotten = new TreeSet<>();
    for (String name : reachable(roots)) {
      ClassModel c = classes.get(name);
      if (isValue(c) || unsaved(annotations(c))) {
        continue;
      }
      for (FieldModel field : c.fields()) {
        String full = name + "." + field.fieldName().stringValue();
        if (changes(field) && !unsaved(annotations(field)) && !read.contains(full)) {
          forgotten.add(full);
        }
      }
    }
    return forgotten;
  }

  /** Records and enumerations hold what they were made of. */
  private static boolean isValue(ClassModel c) {
    String up = c.superclass().map(s -> s.asInternalName()).orElse("");
    return up.equals("java/lang/Record") || up.equals("java/lang/Enum");
  }

  private static boolean changes(FieldModel field) {
    if (field.flags().has(AccessFlag.STATIC)) {
      return false;
    }
    return !field.flags().has(AccessFlag.FINAL)
        || CONTAINER.matcher(field.fieldType().stringValue()).matches();
  }

  private static Optional<RuntimeInvisibleAnnotationsAttribute> annotations(ClassModel c) {
    return c.findAttribute(Attributes.runtimeInvisibleAnnotations());
  }

  private static Optional<RuntimeInvisibleAnnotationsAttribute> annotations(FieldModel f) {
    return f.findAttribute(Attributes.runtimeInvisibleAnnotations());
  }

  private static boolean unsaved(Optional<RuntimeInvisibleAnnotationsAttribute> annotations) {
    return annotations.stream()
        .flatMap(a -> a.annotations().stream())
        .anyMatch(a -> a.className().equalsString(UNSAVED));
  }

  // ------------------------------------------------------------ what there is

  /** Over the types of fields, generic ones included, and what extends them. */
  private Set<String> reachable(String... roots) {
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(roots));
    while (!open.isEmpty()) {
      String name = open.pop();
      if (classes.containsKey(name) && seen.add(name)) {
        ClassModel c = classes.get(name);
        open.addAll(subtypes.getOrDefault(name, Set.of()));
        c.superclass().ifPresent(up -> open.add(up.asInternalName()));
        if (!unsaved(annotations(c))) {
          c.fields().stream()
              .filter(f -> !unsaved(annotations(f)))
              .forEach(f -> open.addAll(types(f)));
        }
      }
    }
    return seen;
  }

  private static Set<String> types(FieldModel field) {
    String text =
        field
            .findAttribute(Attributes.signature())
            .map(s -> s.signature().stringValue())
            .orElse(field.fieldType().stringValue());
    Set<String> types = new HashSet<>();
    for (Matcher m = OURS.matcher(text); m.find(); ) {
      types.add(m.group(1));
    }
    return types;
  }

  // ------------------------------------------------------------ what is taken

  /** The fields that methods which take a state read, and those that they call. */
  private Set<String> fieldsRead() {
    Set<String> fields = new HashSet<>();
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>();
    Map<String, MethodModel> methods = methods();
    classes
        .values()
        .forEach(c ->
            c.methods()
                .forEach(m -> {
                  if (takes(m)) {
                    open.add(key(c, m));
                  } else if (readers.contains(simpleName(c))) {
                    Deque<String> called = new ArrayDeque<>();
                    follow(m, fields, called);
                    called.stream()
                        .filter(methods::containsKey)
                        .forEach(to -> follow(methods.get(to), fields, new ArrayDeque<>()));
                  }
                }));
    while (!open.isEmpty()) {
      String key = open.pop();
      if (methods.containsKey(key) && seen.add(key)) {
        follow(methods.get(key), fields, open);
      }
    }
    return fields;
  }

  private static String simpleName(ClassModel c) {
    String name = c.thisClass().asInternalName();
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** Whether a method's name and type say so; it may need somebody to ask on behalf of. */
  private static boolean takes(MethodModel m) {
    return TAKING.contains(m.methodName().stringValue())
        && m.methodTypeSymbol().returnType().descriptorString().startsWith("L");
  }

  private void follow(MethodModel method, Set<String> fields, Deque<String> open) {
    method.code().ifPresent(code -> code.forEach(element -> follow(element, fields, open)));
  }

  private Map<String, MethodModel> methods() {
    Map<String, MethodModel> methods = new HashMap<>();
    classes.values().forEach(c -> c.methods().forEach(m -> methods.put(key(c, m), m)));
    return methods;
  }

  private static String key(ClassModel c, MethodModel m) {
    return key(
        c.thisClass().asInternalName(), m.methodName().stringValue(), m.methodType().stringValue());
  }

  private static String key(String owner, String name, String type) {
    return owner + "." + name + type;
  }

  private void follow(CodeElement element, Set<String> fields, Deque<String> open) {
    switch (element) {
      case FieldInstruction f when f.opcode() == Opcode.GETFIELD ->
          fields.add(f.owner().asInternalName() + "." + f.name().stringValue());
      case InvokeInstruction i ->
          call(i.owner().asInternalName(), i.name().stringValue(), i.type().stringValue(), open);
      case InvokeDynamicInstruction d ->
          d.bootstrapArgs().stream()
              .filter(DirectMethodHandleDesc.class::isInstance)
              .map(DirectMethodHandleDesc.class::cast)
              .forEach(h ->
                  call(
                      h.owner().descriptorString().replaceAll("^L|;$", ""),
                      h.methodName(),
                      h.lookupDescriptor(),
                      open));
      default -> {}
    }
  }

  /** Whatever class below the owner may be meant. */
  private void call(String owner, String name, String type, Deque<String> open) {
    if (SETTLING.contains(name)) {
      return;
    }
    open.add(key(owner, name, type));
    subtypes.getOrDefault(owner, Set.of()).forEach(below -> call(below, name, type, open));
  }
}
