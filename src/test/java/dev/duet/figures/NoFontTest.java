package dev.duet.figures;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import org.junit.jupiter.api.Test;

/** Text through java.awt throws on a machine without fonts, so nothing of it but the raster image may be used. */
class NoFontTest {
    private static final JavaClasses FIGURES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.duet.figures");

    @Test
    void onlyTheRasterImageOfJavaAwtIsUsed() {
        ArchRule rule = noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage("java.awt..", "javax.swing..", "sun..")
                        .and(not(type(BufferedImage.class)))
                        .and(not(type(WritableRaster.class))));
        rule.check(FIGURES);
    }
}
