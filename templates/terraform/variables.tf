variable "external_id" {
  type        = string
  description = "Yours alone, drawn by the service; it stands on your launch page. Whoever enters the role has to name it. It is not a secret."

  # 1224 is more than a regular expression may count to here.
  validation {
    condition     = length(var.external_id) >= 2 && length(var.external_id) <= 1224 && can(regex("^[\\w+=,.@:/-]+$", var.external_id))
    error_message = "The external ID has to be the value that came with your link."
  }
}

variable "trusted_principal_arn" {
  type        = string
  description = "The ARN of the one role or user of the service that may enter; the trust policy of the template on your launch page names it."

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::\\d{12}:(role|user)/([\\x21-\\x29\\x2b-\\x2e\\x30-\\x3e\\x40-\\x7e]+/)*[\\w+=,.@-]{1,64}$", var.trusted_principal_arn))
    error_message = "The trusted principal has to be the ARN of one IAM role or user, without wildcards."
  }
}

variable "managed_policy_arns" {
  type        = set(string)
  description = "What the role may do: the ARNs of the managed policies that your launch page lists."

  validation {
    condition     = length(var.managed_policy_arns) >= 1 && length(var.managed_policy_arns) <= 10
    error_message = "A role takes 1 to 10 managed policies."
  }

  validation {
    condition     = alltrue([for arn in var.managed_policy_arns : can(regex("^arn:[\\w-]+:iam::(\\d{12}|aws):policy/[\\x21-\\x7e]+$", arn))])
    error_message = "Each has to be the ARN of a managed policy."
  }
}

variable "role_name" {
  type        = string
  description = "The name that came with your link. With another one, or with a path, enter the role's ARN on the launch page instead of the account's number."

  validation {
    condition     = can(regex("^[\\w+=,.@-]{1,64}$", var.role_name))
    error_message = "The role's name has to be 1 to 64 letters, digits or any of + = , . @ - _"
  }
}

variable "role_path" {
  type        = string
  default     = "/"
  description = "The path of the role, beginning and ending with a slash."

  validation {
    condition     = length(var.role_path) <= 512 && can(regex("^/([\\x21-\\x2e\\x30-\\x7e]+/)*$", var.role_path))
    error_message = "The role's path has to begin and end with a slash, and has at most 512 characters."
  }
}

variable "permissions_boundary_arn" {
  type        = string
  default     = null
  description = "The ARN of a managed policy that limits the role further, where your organization asks for one."

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:[\\w-]+:iam::(\\d{12}|aws):policy/[\\x21-\\x7e]+$", var.permissions_boundary_arn))
    error_message = "The permissions boundary has to be the ARN of a managed policy."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "Tags of the role, for your own bookkeeping."

  validation {
    condition     = length(var.tags) <= 50 && alltrue([for key in keys(var.tags) : length(key) <= 128 && !startswith(lower(key), "aws:")])
    error_message = "A role takes at most 50 tags, with names of at most 128 characters that do not begin with aws:."
  }
}
