using System.Text;

namespace Microsoft.ML;

/// <summary>
/// What a component writes ahead of its model: who wrote it, in which version, and which loader brings it back.
/// </summary>
internal readonly struct VersionInfo
{
    /// <summary>The number of characters of a model signature.</summary>
    public const int SignatureLength = 8;

    /// <summary>The eight characters of the model signature, the first in the lowest byte.</summary>
    public readonly ulong ModelSignature;
    /// <summary>The version that is written now.</summary>
    public readonly uint VerWrittenCur;
    /// <summary>The oldest version of the code that can read what is written now.</summary>
    public readonly uint VerReadableCur;
    /// <summary>The oldest version that this code can read.</summary>
    public readonly uint VerWeCanReadBack;
    /// <summary>The load name of the component that reads the model.</summary>
    public readonly string LoaderSignature;
    /// <summary>A second load name, tried when the first is not known; or null.</summary>
    public readonly string LoaderSignatureAlt;
    /// <summary>The full name of the assembly of the loader.</summary>
    public readonly string LoaderAssemblyName;

    public VersionInfo(string modelSignature, uint verWrittenCur, uint verReadableCur, uint verWeCanReadBack,
        string loaderAssemblyName, string loaderSignature = null, string loaderSignatureAlt = null)
    {
        ArgumentNullException.ThrowIfNull(modelSignature);
        if (modelSignature.Length != SignatureLength)
        {
            throw new ArgumentException($"A model signature has exactly {SignatureLength} characters, '{modelSignature}' has {modelSignature.Length}.", nameof(modelSignature));
        }

        ulong packed = 0;
        for (int i = 0; i < SignatureLength; i++)
        {
            char c = modelSignature[i];
            if (c is < ' ' or > '~')
            {
                throw new ArgumentException("A model signature holds printable ASCII characters only.", nameof(modelSignature));
            }
            packed |= (ulong)c << (8 * i);
        }

        if (verReadableCur > verWrittenCur)
        {
            throw new ArgumentException("The readable version cannot be above the written version.", nameof(verReadableCur));
        }
        if (verWeCanReadBack > verWrittenCur)
        {
            throw new ArgumentException("The oldest version that is still read cannot be above the written version.", nameof(verWeCanReadBack));
        }

        ModelSignature = packed;
        VerWrittenCur = verWrittenCur;
        VerReadableCur = verReadableCur;
        VerWeCanReadBack = verWeCanReadBack;
        LoaderAssemblyName = loaderAssemblyName;
        LoaderSignature = loaderSignature;
        LoaderSignatureAlt = loaderSignatureAlt;
    }

    /// <summary>The signature as its characters.</summary>
    internal static string SignatureText(ulong signature)
    {
        var text = new StringBuilder(SignatureLength);
        for (int i = 0; i < SignatureLength; i++)
        {
            char c = (char)((signature >> (8 * i)) & 0xFF);
            text.Append(c is >= ' ' and <= '~' ? c : '?');
        }
        return text.ToString();
    }
}
