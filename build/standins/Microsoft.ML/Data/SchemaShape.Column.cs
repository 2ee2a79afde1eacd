using Microsoft.ML.Data;

namespace Microsoft.ML;

public sealed partial class SchemaShape
{
    private static readonly SchemaShape _empty = new(Array.Empty<Column>());

    /// <summary>The kind of one column.</summary>
    public struct Column
    {
        /// <summary>Whether a column is a vector, and whether the size is then one for all rows.</summary>
        public enum VectorKind
        {
            Scalar,
            Vector,
            VariableVector,
        }

        public readonly string Name;

        public readonly VectorKind Kind;

        public readonly DataViewType ItemType;

        public readonly bool IsKey;

        public readonly SchemaShape Annotations;

        internal Column(string name, VectorKind vecKind, DataViewType itemType, bool isKey, SchemaShape annotations = null)
        {
            ArgumentException.ThrowIfNullOrEmpty(name);
            ArgumentNullException.ThrowIfNull(itemType);
            if (itemType is KeyDataViewType)
            {
                throw new ArgumentException("Item type cannot be a key", nameof(itemType));
            }

            if (itemType is VectorDataViewType)
            {
                throw new ArgumentException("Item type cannot be a vector", nameof(itemType));
            }

            if (isKey && !KeyDataViewType.IsValidDataType(itemType.RawType))
            {
                throw new ArgumentException($"The item type of a key must be valid for a key, and {itemType} is not", nameof(itemType));
            }

            Name = name;
            Kind = vecKind;
            ItemType = itemType;
            IsKey = isKey;
            Annotations = annotations ?? _empty;
        }

        internal bool IsValid => Name != null;

        /// <summary>Whether a column of this shape can stand where <paramref name="source"/> is asked for.</summary>
        internal bool IsCompatibleWith(Column source)
            => source.IsValid
                && Name == source.Name
                && Kind == source.Kind
                && ItemType.Equals(source.ItemType)
                && IsKey == source.IsKey;

        internal string GetTypeString()
        {
            string item = IsKey ? $"Key<{ItemType}>" : ItemType.ToString();
            return Kind switch
            {
                VectorKind.Vector => $"Vector<{item}>",
                VectorKind.VariableVector => $"VarVector<{item}>",
                _ => item,
            };
        }
    }
}
