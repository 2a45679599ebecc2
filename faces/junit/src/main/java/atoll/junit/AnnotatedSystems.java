package atoll.junit;

import atoll.api.AtollSystem;
import atoll.api.Vm;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** What {@link Guest} and {@link Scenario} register by themselves. */
public final class AnnotatedSystems extends SystemExtension
    implements BeforeAllCallback, BeforeEachCallback {
  /** For JUnit. */
  public AnnotatedSystems() {}

  @Override
  Optional<Wish> wish(ParameterContext parameter, ExtensionContext context) {
    return wish(parameter.getParameter(), context);
  }

  private static Optional<Wish> wish(AnnotatedElement element, ExtensionContext context) {
    return AnnotationSupport.findAnnotation(element, Scenario.class)
        .map(said -> Wish.of(said, context))
        .or(() ->
            AnnotationSupport.findAnnotation(element, Guest.class)
                .map(said -> Wish.of(said, context)));
  }

  /** Static fields have what belongs to their class. */
  @Override
  public void beforeAll(ExtensionContext context) {
    Class<?> tests = context.getRequiredTestClass();
    fields(tests).stream()
        .filter(field -> Modifier.isStatic(field.getModifiers()))
        .forEach(field -> fill(field, null, context));
  }

  /** The others what belongs to the test, in each object that encloses it, too. */
  @Override
  public void beforeEach(ExtensionContext context) {
    for (Object test : context.getRequiredTestInstances().getAllInstances()) {
      fields(test.getClass()).stream()
          .filter(field -> !Modifier.isStatic(field.getModifiers()))
          .forEach(field -> fill(field, test, context));
    }
  }

  private static List<Field> fields(Class<?> tests) {
    return ReflectionSupport.findFields(
        tests,
        field ->
            AnnotationSupport.isAnnotated(field, Guest.class)
                || AnnotationSupport.isAnnotated(field, Scenario.class),
        HierarchyTraversalMode.TOP_DOWN);
  }

  private static void fill(Field field, Object owner, ExtensionContext context) {
    Class<?> type = field.getType();
    if (type != Vm.class && type != AtollSystem.class || Modifier.isFinal(field.getModifiers())) {
      throw new ExtensionConfigurationException(
          "%s cannot be given a VM, expected a field of the type Vm or AtollSystem that is not final"
              .formatted(field));
    }
    Wish wish = wish(field, context).orElseThrow();
    boolean ofClass = owner == null || wish.shared();
    ExtensionContext level = ofClass ? ofClass(field.getDeclaringClass(), context) : context;
    set(field, owner, get(wish, type, level));
  }

  private static void set(Field field, Object owner, Object value) {
    try {
      field.setAccessible(true);
      field.set(owner, value);
    } catch (InaccessibleObjectException | IllegalAccessException e) {
      throw new ExtensionConfigurationException(
          "%s cannot be set: %s; open its package to atoll.junit in module-info.java"
              .formatted(field, e.getMessage()),
          e);
    }
  }
}
