namespace Microsoft.ML.Runtime;

/// <summary>
/// The kind of loader that makes a component of a saved model. Its parameters are what the loader's constructor or
/// <c>Create</c> method takes after the environment.
/// </summary>
internal delegate void SignatureLoadModel(ModelLoadContext ctx);
