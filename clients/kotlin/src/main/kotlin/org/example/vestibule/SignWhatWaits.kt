package org.example.vestibule

import com.apollographql.apollo.ApolloClient
import com.apollographql.apollo.api.Optional
import java.net.URI
import java.security.MessageDigest
import org.example.vestibule.type.SignDocumentInput
import org.example.vestibule.type.SignInPatientInput

/** A patient's app: sign in, and sign what waits. The types are those that Apollo Kotlin generates. */
class SignWhatWaits(private val url: String) {
    private fun client(token: String? = null): ApolloClient =
        ApolloClient.Builder()
            .serverUrl("$url/graphql")
            .apply { if (token != null) addHttpHeader("Authorization", "Bearer $token") }
            .build()

    suspend fun signIn(organization: String, email: String, password: String): String {
        val input = SignInPatientInput(email = email, organization = organization, password = password)
        val answer = client().mutation(SignInPatientMutation(input)).execute().dataOrThrow().signInPatient
        // A later API may answer members that this app doesn't know: keep the last branch.
        return answer.onSignInSuccess?.accessToken
            ?: error(answer.onUserError?.message ?: answer.__typename)
    }

    suspend fun sign(token: String, name: String, password: String): List<String> {
        val api = client(token)
        val account = api.query(MyDocumentsQuery(Optional.absent())).execute().dataOrThrow().viewer?.onPortalAccount
        val consent = api.query(ConsentQuery(Optional.present("en"))).execute().dataOrThrow().signingConsent
        return account?.documents?.nodes.orEmpty().filter { it.awaitsYou }.map { document ->
            // What was shown is what is signed: hash the bytes.
            val input = SignDocumentInput(
                consentVersion = consent.version,
                documentId = document.id,
                language = Optional.present(consent.language),
                password = password,
                sha256 = sha256(URI(document.url).toURL().readBytes()),
                typedName = name,
            )
            val answer = api.mutation(SignDocumentMutation(input)).execute().dataOrThrow().signDocument
            "${document.title}: ${answer.onUserError?.code?.rawValue ?: answer.__typename}"
        }
    }

    private fun sha256(bytes: ByteArray): String =
        MessageDigest.getInstance("SHA-256").digest(bytes).joinToString("") { "%02x".format(it) }
}
