using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MLNet.RandomPruning.Fuzz.Mutation;

/// <summary>One tensor of a document.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">The type of its elements, whatever that is.</param>
/// <param name="Shape">Its shape as JSON text, whatever that is.</param>
/// <param name="Data">Its bytes.</param>
/// <param name="Offsets">Its place as JSON text; null for where its bytes really are.</param>
internal sealed record DocumentTensor(string Name, string ElementType, string Shape, byte[] Data, string? Offsets = null);

/// <summary>A safetensors file taken apart so that it can be changed and put together again, well-formed or not.</summary>
internal sealed class SafetensorsDocument
{
    private const string MetadataName = "__metadata__";

    private SafetensorsDocument(List<KeyValuePair<string, string>> metadata, List<DocumentTensor> tensors)
    {
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>The texts of the metadata; a key may be there twice.</summary>
    public List<KeyValuePair<string, string>> Metadata { get; }

    /// <summary>The tensors; a name may be there twice.</summary>
    public List<DocumentTensor> Tensors { get; }

    /// <summary>A part of the header as JSON text that is written beside the tensors; empty for none.</summary>
    public string Extra { get; set; } = "";

    public static SafetensorsDocument Parse(byte[] file) => TryParse(file) ?? throw new ArgumentException("It is no safetensors file.", nameof(file));

    /// <summary>Takes a file apart; null when its header cannot be read.</summary>
    public static SafetensorsDocument? TryParse(byte[] file)
    {
        if (file.Length < 8 || BinaryPrimitives.ReadUInt64LittleEndian(file) is var headerLength && headerLength > (ulong)file.Length - 8)
        {
            return null;
        }

        int end = 8 + (int)headerLength;
        try
        {
            using var header = JsonDocument.Parse(file.AsMemory(8, (int)headerLength));
            var metadata = new List<KeyValuePair<string, string>>();
            var tensors = new List<DocumentTensor>();
            foreach (var property in header.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataName)
                {
                    metadata.AddRange(property.Value.EnumerateObject().Select(pair => KeyValuePair.Create(pair.Name, pair.Value.GetString() ?? "")));
                    continue;
                }

                var offsets = property.Value.GetProperty("data_offsets");
                int from = end + offsets[0].GetInt32(), to = end + offsets[1].GetInt32();
                if (from < end || to < from || to > file.Length)
                {
                    return null;
                }

                tensors.Add(new DocumentTensor(property.Name, property.Value.GetProperty("dtype").GetString() ?? "", property.Value.GetProperty("shape").GetRawText(), file[from..to]));
            }

            return new SafetensorsDocument(metadata, tensors);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or IndexOutOfRangeException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>The text with a key; null when there is none.</summary>
    public string? Text(string key) => Metadata.Where(pair => pair.Key == key).Select(pair => pair.Value).FirstOrDefault();

    /// <summary>Changes the text with a key, or adds it.</summary>
    public void SetText(string key, string value)
    {
        int index = Metadata.FindIndex(pair => pair.Key == key);
        if (index >= 0)
        {
            Metadata[index] = new(key, value);
        }
        else
        {
            Metadata.Add(new(key, value));
        }
    }

    /// <summary>Gives the document the digest of its content.</summary>
    public void Sign() => SetText(DocumentDigest.Key, DocumentDigest.Of(this));

    /// <summary>Puts the file together.</summary>
    public byte[] Write()
    {
        byte[] header = Encoding.UTF8.GetBytes(Header());
        int length = (header.Length + 7) / 8 * 8;
        byte[] file = new byte[8 + length + Tensors.Sum(tensor => tensor.Data.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        header.CopyTo(file, 8);
        file.AsSpan(8 + header.Length, length - header.Length).Fill((byte)' ');
        int offset = 8 + length;
        foreach (var tensor in Tensors)
        {
            tensor.Data.CopyTo(file, offset);
            offset += tensor.Data.Length;
        }

        return file;
    }

    private string Header()
    {
        var text = new StringBuilder("{");
        text.Append(Quoted(MetadataName)).Append(":{").AppendJoin(',', Metadata.Select(pair => $"{Quoted(pair.Key)}:{Quoted(pair.Value)}")).Append('}');
        long offset = 0;
        foreach (var tensor in Tensors)
        {
            long next = offset + tensor.Data.Length;
            string offsets = tensor.Offsets ?? $"[{offset},{next}]";
            text.Append($",{Quoted(tensor.Name)}:{{\"dtype\":{Quoted(tensor.ElementType)},\"shape\":{tensor.Shape},\"data_offsets\":{offsets}}}");
            offset = next;
        }

        return text.Append(Extra).Append('}').ToString();
    }

    // Half a surrogate pair, as a change within one leaves it, becomes what the digest takes it for too.
    private static string Quoted(string text) =>
        $"\"{JsonEncodedText.Encode(Encoding.UTF8.GetBytes(text), JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
