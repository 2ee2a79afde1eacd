using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>
/// The digest of a file's content, written from the description of the format and not from the library: SHA-256 over each text of the
/// metadata by key, as its length in 8 bytes and its UTF-8 bytes, key before value; then over each tensor by name, as its name, its type,
/// the length of its bytes in 8 bytes, and its bytes.
/// </summary>
internal static class DocumentDigest
{
    /// <summary>The metadata key under which the digest stands.</summary>
    public const string Key = "sha256";

    public static string Of(SafetensorsDocument document)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (key, value) in document.Metadata.Where(pair => pair.Key != Key).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Append(hash, key);
            Append(hash, value);
        }

        foreach (var tensor in document.Tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            Append(hash, tensor.Name);
            Append(hash, tensor.ElementType);
            Append(hash, tensor.Data.Length);
            hash.AppendData(tensor.Data);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Append(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Append(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
