provider "aws" {
  region = "us-east-1"
}

module "rolecall" {
  source = "../.."

  # From your launch page.
  external_id           = "0b8f7c3e-5d8e-4a55-9f0a-3c1d2e4f5a6b"
  trusted_principal_arn = "arn:aws:iam::111122223333:role/RolecallService"
  role_name             = "rolecall-example-000101"
  managed_policy_arns   = ["arn:aws:iam::aws:policy/SecurityAudit"]

  # If you like.
  tags = {
    Owner = "security"
  }
}

output "role_arn" {
  value = module.rolecall.role_arn
}
