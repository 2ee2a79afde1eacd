using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MLNet.RandomPruning.Models;

/// <summary>
/// A SHA-256 over a file's texts (by key) and tensors (by name), each preceded by its length, so that it depends on what
/// the file says and not on how its header is laid out.
/// </summary>
internal sealed class SafetensorsDigest
{
    /// <summary>The metadata key under which the digest stands.</summary>
    public const string Key = "sha256";

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Append(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Append(bytes.Length);
        _hash.AppendData(bytes);
    }

    public void Append(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }

    public void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <summary>The digest as 64 hexadecimal digits.</summary>
    public string Finish()
    {
        using (_hash)
        {
            return Convert.ToHexStringLower(_hash.GetHashAndReset());
        }
    }
}
