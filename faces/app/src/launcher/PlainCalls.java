import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Has a class do by instructions of its own what it asks the JVM to make code for when it gets there:
 * to switch by type, and to compare, hash and print a record. Lambdas and strings that are put
 * together are in the cache of classes; these two are not, so that their code would be written anew
 * at each start, by code that is not compiled yet. Why: docs/adr/0143.
 */
final class PlainCalls {
  private static final ClassDesc SWITCHES = ClassDesc.of("java.lang.runtime.SwitchBootstraps");
  private static final ClassDesc RECORDS = ClassDesc.of("java.lang.runtime.ObjectMethods");
  private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
  private static final ClassDesc BUILDER = ClassDesc.of("java.lang.StringBuilder");
  private static final MethodTypeDesc TEXT = MethodTypeDesc.of(ConstantDescs.CD_String);

  private static final List<String> MAKERS =
      List.of("java/lang/runtime/SwitchBootstraps", "java/lang/runtime/ObjectMethods");

  /** Names of ours are no identifiers of Java. */
  private static final String NAME = "plain-call-";

  private final ClassModel of;
  private final List<Consumer<ClassBuilder>> made = new ArrayList<>();

  private PlainCalls(ClassModel of) {
    this.of = of;
  }

  /**
   * The class with plain calls; the same array if it has none to replace.
   *
   * @throws IllegalArgumentException if that cannot be done
   */
  static byte[] in(ClassFile format, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    if (MAKERS.stream().noneMatch(text::contains)) {
      return bytes; // most classes, which it takes long to take apart
    }
    ClassModel model = format.parse(bytes);
    if (model.methods().stream().noneMatch(PlainCalls::asks)) {
      return bytes;
    }
    PlainCalls calls = new PlainCalls(model);
    return format.transformClass(
        model,
        ClassTransform.transformingMethodBodies(PlainCalls::asks, calls.replacing())
            .andThen(ClassTransform.endHandler(builder -> calls.made.forEach(each -> each.accept(builder)))));
  }

  private static boolean asks(MethodModel method) {
    return method
        .code()
        .filter(code ->
            code.elementStream()
                .anyMatch(each -> each instanceof InvokeDynamicInstruction call && isKnown(call)))
        .isPresent();
  }

  private static boolean isKnown(InvokeDynamicInstruction call) {
    ClassDesc maker = call.bootstrapMethod().owner();
    return maker.equals(RECORDS)
        || maker.equals(SWITCHES)
            && call.bootstrapMethod().methodName().equals("typeSwitch")
            && call.bootstrapArgs().stream().allMatch(PlainCalls::isPlain);
  }

  /** Of a class or a string; numbers and constants of enumerations have rules of their own. */
  private static boolean isPlain(ConstantDesc label) {
    return label instanceof String || label instanceof ClassDesc type && !type.isPrimitive();
  }

  private CodeTransform replacing() {
    return (builder, element) -> {
      if (element instanceof InvokeDynamicInstruction call && isKnown(call)) {
        builder.invokestatic(
            of.thisClass().asSymbol(), method(call), call.typeSymbol(), isInterface());
      } else {
        builder.with(element);
      }
    };
  }

  private boolean isInterface() {
    return (of.flags().flagsMask() & ClassFile.ACC_INTERFACE) != 0;
  }

  /** Makes a method that does what is asked for; returns its name. */
  private String method(InvokeDynamicInstruction call) {
    String name = NAME + made.size();
    List<ConstantDesc> arguments = call.bootstrapArgs();
    Consumer<CodeBuilder> body =
        call.bootstrapMethod().owner().equals(SWITCHES)
            ? code -> choose(code, arguments)
            : switch (call.name().stringValue()) {
              case "equals" -> code -> compare(code, arguments);
              case "hashCode" -> code -> hash(code, arguments);
              default -> code -> print(code, arguments);
            };
    made.add(builder ->
        builder.withMethodBody(
            name,
            call.typeSymbol(),
            ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC,
            body));
    return name;
  }

  /** As java.lang.runtime.SwitchBootstraps says of typeSwitch: the first label from one on that fits. */
  private static void choose(CodeBuilder code, List<ConstantDesc> labels) {
    Label there = code.newLabel();
    code.aload(0).ifnonnull(there).loadConstant(-1).ireturn().labelBinding(there);
    for (int i = 0; i < labels.size(); i++) {
      Label next = code.newLabel();
      code.iload(1).loadConstant(i).if_icmpgt(next);
      if (labels.get(i) instanceof ClassDesc type) {
        code.aload(0).instanceOf(type);
      } else {
        code.loadConstant(labels.get(i))
            .aload(0)
            .invokevirtual(ConstantDescs.CD_String, "equals", MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object));
      }
      code.ifeq(next).loadConstant(i).ireturn().labelBinding(next);
    }
    code.loadConstant(labels.size()).ireturn();
  }

  /** A component of a record. */
  private record Component(String name, ClassDesc owner, ClassDesc type) {
    void load(CodeBuilder code, int record) {
      code.aload(record).getfield(owner, name, type);
    }

    ClassDesc boxed() {
      return switch (type.descriptorString()) {
        case "Z" -> ConstantDescs.CD_Boolean;
        case "B" -> ConstantDescs.CD_Byte;
        case "C" -> ConstantDescs.CD_Character;
        case "S" -> ConstantDescs.CD_Short;
        case "I" -> ConstantDescs.CD_Integer;
        case "J" -> ConstantDescs.CD_Long;
        case "F" -> ConstantDescs.CD_Float;
        default -> ConstantDescs.CD_Double;
      };
    }

    /** What a builder of strings takes for it. */
    ClassDesc shown() {
      return switch (type.descriptorString()) {
        case "B", "S" -> ConstantDescs.CD_int;
        default -> type.isPrimitive() ? type : ConstantDescs.CD_Object;
      };
    }
  }

  /** ObjectMethods: the class, the names in one string, and what reads each field. */
  private static List<Component> components(List<ConstantDesc> arguments) {
    return arguments.stream()
        .skip(2)
        .map(DirectMethodHandleDesc.class::cast)
        .map(getter ->
            new Component(
                getter.methodName(), getter.owner(), getter.invocationType().returnType()))
        .toList();
  }

  private static void compare(CodeBuilder code, List<ConstantDesc> arguments) {
    ClassDesc record = (ClassDesc) arguments.getFirst();
    Label unlike = code.newLabel();
    Label like = code.newLabel();
    code.aload(0).aload(1).if_acmpeq(like).aload(1).instanceOf(record).ifeq(unlike);
    code.aload(1).checkcast(record).astore(2);
    for (Component component : components(arguments)) {
      component.load(code, 0);
      component.load(code, 2);
      if (component.type.isPrimitive()) {
        code.invokestatic(
                component.boxed(),
                "compare",
                MethodTypeDesc.of(ConstantDescs.CD_int, component.type, component.type))
            .ifne(unlike);
      } else {
        code.invokestatic(
                OBJECTS,
                "equals",
                MethodTypeDesc.of(
                    ConstantDescs.CD_boolean, ConstantDescs.CD_Object, ConstantDescs.CD_Object))
            .ifeq(unlike);
      }
    }
    code.labelBinding(like).iconst_1().ireturn().labelBinding(unlike).iconst_0().ireturn();
  }

  private static void hash(CodeBuilder code, List<ConstantDesc> arguments) {
    code.iconst_0();
    for (Component component : components(arguments)) {
      boolean plain = component.type.isPrimitive();
      code.loadConstant(31).imul();
      component.load(code, 0);
      code.invokestatic(
              plain ? component.boxed() : OBJECTS,
              "hashCode",
              MethodTypeDesc.of(
                  ConstantDescs.CD_int, plain ? component.type : ConstantDescs.CD_Object))
          .iadd();
    }
    code.ireturn();
  }

  private static void print(CodeBuilder code, List<ConstantDesc> arguments) {
    code.new_(BUILDER).dup().invokespecial(BUILDER, "<init>", ConstantDescs.MTD_void);
    code.ldc((ClassDesc) arguments.getFirst())
        .invokevirtual(ConstantDescs.CD_Class, "getSimpleName", TEXT);
    append(code, ConstantDescs.CD_String);
    String before = "[";
    for (Component component : components(arguments)) {
      code.ldc(before + component.name + "=");
      append(code, ConstantDescs.CD_String);
      component.load(code, 0);
      append(code, component.shown());
      before = ", ";
    }
    code.ldc(before.equals("[") ? "[]" : "]");
    append(code, ConstantDescs.CD_String);
    code.invokevirtual(BUILDER, "toString", TEXT).return_(TypeKind.REFERENCE);
  }

  private static void append(CodeBuilder code, ClassDesc what) {
    code.invokevirtual(BUILDER, "append", MethodTypeDesc.of(BUILDER, what));
  }
}
