// A patient's app: sign in, and sign what waits. The types are those that Apollo iOS generates into VestibuleAPI.

import Apollo
import CryptoKit
import Foundation
import VestibuleAPI

struct Refused: Error {
  let code: String
  let message: String
}

struct SignWhatWaits {
  let url: URL

  func signIn(organization: String, email: String, password: String) async throws -> String {
    let input = SignInPatientInput(email: email, organization: organization, password: password)
    let answer = try await perform(SignInPatientMutation(input: input), token: nil).signInPatient
    if let session = answer.asSignInSuccess { return session.accessToken }
    // A later API may answer members that this app doesn't know: keep the last branch.
    throw Refused(code: answer.asUserError?.code.rawValue ?? answer.__typename, message: answer.asUserError?.message ?? "")
  }

  func sign(token: String, name: String, password: String) async throws -> [String] {
    let viewer = try await fetch(MyDocumentsQuery(after: nil), token: token).viewer
    let consent = try await fetch(ConsentQuery(language: "en"), token: token).signingConsent
    var signed: [String] = []
    for document in viewer?.asPortalAccount?.documents.nodes ?? [] where document.awaitsYou {
      guard let address = URL(string: document.url) else { continue }
      // What was shown is what is signed: hash the bytes.
      let (bytes, _) = try await URLSession.shared.data(from: address)
      let sha256 = SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
      let input = SignDocumentInput(
        consentVersion: consent.version,
        documentId: document.id,
        language: .some(consent.language),
        password: password,
        sha256: sha256,
        typedName: name
      )
      let answer = try await perform(SignDocumentMutation(input: input), token: token).signDocument
      signed.append("\(document.title): \(answer.asUserError?.code.rawValue ?? answer.__typename)")
    }
    return signed
  }

  private func client(_ token: String?) -> ApolloClient {
    let store = ApolloStore()
    let transport = RequestChainNetworkTransport(
      interceptorProvider: DefaultInterceptorProvider(store: store),
      endpointURL: url.appendingPathComponent("graphql"),
      additionalHeaders: token.map { ["Authorization": "Bearer \($0)"] } ?? [:]
    )
    return ApolloClient(networkTransport: transport, store: store)
  }

  private func fetch<Q: GraphQLQuery>(_ query: Q, token: String?) async throws -> Q.Data {
    try await withCheckedThrowingContinuation { done in
      client(token).fetch(query: query, cachePolicy: .fetchIgnoringCacheCompletely) { done.resume(with: $0.flatMap(data(of:))) }
    }
  }

  private func perform<M: GraphQLMutation>(_ mutation: M, token: String?) async throws -> M.Data {
    try await withCheckedThrowingContinuation { done in
      client(token).perform(mutation: mutation) { done.resume(with: $0.flatMap(data(of:))) }
    }
  }

  private func data<D: RootSelectionSet>(of answer: GraphQLResult<D>) -> Result<D, Error> {
    if let data = answer.data { return .success(data) }
    let error = answer.errors?.first
    let code = error?.extensions?["code"] as? String
    return .failure(Refused(code: code ?? "", message: error?.message ?? ""))
  }
}
