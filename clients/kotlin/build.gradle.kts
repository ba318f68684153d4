// Apollo Kotlin makes the client of schema.graphql and clients/operations: ./gradlew generateVestibuleApolloSources
plugins {
    kotlin("jvm") version "2.1.0"
    id("com.apollographql.apollo") version "4.1.1"
}

repositories { mavenCentral() }

dependencies {
    implementation("com.apollographql.apollo:apollo-runtime:4.1.1")
}

apollo {
    service("vestibule") {
        packageName.set("org.example.vestibule")
        schemaFiles.from(file("../../schema.graphql"))
        srcDir("../operations")
        // Times as texts with an offset; map them to your own classes where you need more.
        mapScalarToKotlinString("DateTime")
        mapScalarToKotlinString("Date")
        // The manifest of trusted documents (docs/clients.md): build/generated/manifest/…/persistedQueryManifest.json
        operationManifestFormat.set("persistedQueryManifest")
    }
}
